"""The contact: its events, the wishes it understands, and its rules."""
