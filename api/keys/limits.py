"""How often a key may call: a bucket a key that every call takes a token from, and time refills."""

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

UNITS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
RATE = re.compile(rf"([1-9][0-9]{{0,8}})/({'|'.join(UNITS)})")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls in so many seconds."""

    calls: int
    seconds: int


@dataclass(slots=True)
class Bucket:
    """What a key has left, and when that was so."""

    tokens: float
    at: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What a caller is told: calls left, seconds until all are back, seconds until the next one."""

    left: int
    full_in: int
    next_in: int
    """0 when this call may pass."""


class Limiter:
    """Counts the calls of one process; several processes each count for themselves."""

    def __init__(
        self, rate: Rate, burst: int | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`burst` calls may come at once, after a time without any; as many as `rate` has if None.

        Only keys that exist may be counted, which is what bounds the memory.
        """
        self._speed = rate.calls / rate.seconds
        self._size = rate.calls if burst is None else burst
        self._clock = clock
        self._buckets: dict[UUID, Bucket] = {}

    def take(self, key_id: UUID) -> Standing:
        """Count a call, unless the key has none left."""
        now = self._clock()
        bucket = self._buckets.setdefault(key_id, Bucket(self._size, now))
        bucket.tokens = min(self._size, bucket.tokens + (now - bucket.at) * self._speed)
        bucket.at = now
        passes = bucket.tokens >= 1
        bucket.tokens -= passes
        return Standing(
            math.floor(bucket.tokens),
            math.ceil((self._size - bucket.tokens) / self._speed),
            0 if passes else math.ceil((1 - bucket.tokens) / self._speed),
        )

    def headers(self, standing: Standing) -> list[tuple[bytes, bytes]]:
        """Return what draft-ietf-httpapi-ratelimit-headers wants to be said."""
        window = math.ceil(self._size / self._speed)
        return [
            (b"ratelimit-policy", b'"key";q=%d;w=%d' % (self._size, window)),
            (b"ratelimit", b'"key";r=%d;t=%d' % (standing.left, standing.full_in)),
        ]


def rate(given: object) -> object:
    """Read `100/minute`; a ValueError when it is no rate."""
    if not isinstance(given, str):
        return given
    found = RATE.fullmatch(given.strip())
    if found is None:
        raise ValueError(f"must be calls in a {', '.join(UNITS)}, as 100/minute")
    return Rate(int(found[1]), UNITS[found[2]])
