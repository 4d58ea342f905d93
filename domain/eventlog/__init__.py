"""How events rest: one gapless, chained log a company."""
