"""What is measured while the service runs, and how a monitoring system reads it."""
