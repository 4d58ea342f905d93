"""Companies: the tenants, each with a log and keys of its own."""
