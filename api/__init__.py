"""The edge: everything that talks to the outside, and the wiring."""
