"""The submissions view: the forms that contacts filled in."""
