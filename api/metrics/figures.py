"""Counts in plain numbers, since every request is counted; whoever asks has them rendered."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
REQUESTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)

NO_ROUTE = "none"
"""What stands for the path of a call that nobody answers; the path itself may be personal."""


class Histogram:
    """How often which size was seen."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        """`bounds` are the upper ends of the classes; one more takes what is larger."""
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


@dataclass(slots=True)
class Figures:
    """What one process has seen since it started; the writer's thread counts the writer's part."""

    requests: dict[tuple[str, str, int], Histogram] = field(default_factory=dict)
    """Seconds, by method, template of the route, and status."""

    refused: Counter[str] = field(default_factory=Counter)
    """Refusals, by code."""

    batches: Histogram = field(default_factory=lambda: Histogram(REQUESTS))
    """Requests of a batch."""

    transactions: Histogram = field(default_factory=lambda: Histogram(SECONDS))
    """Seconds of a batch, from its heads to its answers."""

    commits: Histogram = field(default_factory=lambda: Histogram(SECONDS))
    """Seconds in which events and rows are sent and committed."""

    outcomes: Counter[str] = field(default_factory=Counter)
    """What became of the requests of batches; one that is deferred is counted again later."""

    def answered(
        self, method: str, route: str | None, status: int, seconds: float, code: str | None
    ) -> None:
        """Count a request and, if it was refused, why."""
        key = (method, route or NO_ROUTE, status)
        histogram = self.requests.get(key)
        if histogram is None:
            histogram = self.requests.setdefault(key, Histogram(SECONDS))
        histogram.add(seconds)
        if code is not None:
            self.refused[code] += 1
