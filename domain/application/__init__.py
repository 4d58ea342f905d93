"""The one door to the write side: requests in, an outcome for each out."""
