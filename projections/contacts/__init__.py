"""The contacts view: each contact as one row, and the searches over those rows."""
