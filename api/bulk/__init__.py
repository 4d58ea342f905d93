"""Many contacts in one call, with a verdict for each row."""
