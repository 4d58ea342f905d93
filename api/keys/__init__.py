"""API keys: who calls, for which company, and what they may do."""
