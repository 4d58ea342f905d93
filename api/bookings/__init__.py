"""Bookings over HTTP: the meetings that make contacts."""
