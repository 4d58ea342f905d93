"""Suits the interpreter to the service: many short-lived objects, and two busy threads."""

import gc
import sys

SWITCH_SECONDS = 0.02
"""How long a thread may compute before the other one gets its turn. With the usual 5 ms, event loop
and writer interrupt each other in the middle of a batch."""

COLLECT_AFTER = (20_000, 20, 50)
"""Objects made before the collector looks for cycles among them, and how rarely among older ones.
With the usual 700 it took a tenth of the time, and found next to nothing."""


def tune() -> None:
    """Call once the application is put together: what is there by now stays."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
