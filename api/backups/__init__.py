"""Backups in one file, and databases made from them."""
