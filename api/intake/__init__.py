"""Intake: what schedulers send by webhook, and how it becomes commands."""
