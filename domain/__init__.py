"""The write side: wishes in, facts out."""
