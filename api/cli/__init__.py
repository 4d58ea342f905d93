"""The command line, one file a group of commands."""

import gc

from api.interpreter import COLLECT_AFTER

# What is imported from here on stays: looking for cycles in it took a tenth of a service's start.
gc.set_threshold(*COLLECT_AFTER)
