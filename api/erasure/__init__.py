"""Erasing contacts: their personal data is destroyed everywhere, and a certificate says so."""
