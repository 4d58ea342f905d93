"""Demo data: made-up people with real histories, for trials and measurements."""
