"""Access reports: everything that is kept of one person, and who has got it."""
