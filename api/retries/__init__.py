"""Safe retries: a write that comes again is answered as it was, and done once."""
