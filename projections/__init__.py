"""The read side: facts in, rows out."""
