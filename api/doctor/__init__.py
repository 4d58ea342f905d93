"""Looks for what is wrong with an installation before a customer finds it."""
