"""The appointments view: who has which place in which meeting."""
