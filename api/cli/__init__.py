"""The command line, one file a group of commands."""

import gc

# What is imported from here on stays: looking for cycles in it took a tenth of a service's start.
gc.set_threshold(50_000)
