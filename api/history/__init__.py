"""The history of contacts: what happened, what it changed, and how a contact was at any time."""
