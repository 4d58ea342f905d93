"""Times in the past, as callers name them and as they are told which ones they got."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import ConfigDict, Field

from api.fields import Read

POINT: dict[str, Any] = {"position": 42, "time": "2026-06-01T10:00:00.123456Z"}

Instant = Annotated[str, Field(max_length=64)]
FromInstant = Annotated[
    Instant,
    Query(
        alias="from",
        description="A time with an offset (RFC 3339), or `position:N`; 0 is before all events.",
        examples=["2026-06-01T00:00:00Z"],
    ),
]
ToInstant = Annotated[
    Instant | None,
    Query(
        alias="to",
        description="A time with an offset (RFC 3339), or `position:N`. Without it, now.",
        examples=["position:42"],
    ),
]
AsOf = Annotated[
    Instant | None,
    Query(
        alias="asOf",
        description="Show it as it was: a time with an offset (RFC 3339), or `position:N`.",
        examples=["2026-06-01T00:00:00Z"],
    ),
]


class PointItem(Read):
    """A place in the company's log, and the time for which it stands."""

    model_config = ConfigDict(json_schema_extra={"examples": [POINT]})

    position: int
    """The last event that counts, by its place in the log."""
    time: datetime
    """The time that was asked for, or when that event was recorded; to the microsecond, in UTC."""
