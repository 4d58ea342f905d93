"""Who competes: each module is an application as good as its fans would write it."""
