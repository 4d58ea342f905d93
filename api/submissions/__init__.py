"""Submissions over HTTP: the forms that contacts filled in."""
