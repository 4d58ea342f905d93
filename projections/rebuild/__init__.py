"""Builds the read model anew from the log: beside the live one, compared with it, then switched."""
