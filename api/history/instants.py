"""Hides how a time names one position of a company's log, for good."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg.errors import LockNotAvailable
from psycopg.rows import tuple_row

from api.history.unreadable import dated
from api.problems import FieldError
from domain import errors
from domain.ports import Connection

HEAD = "SELECT position, recorded_at FROM log.company_log WHERE company_id = %s"
LOCKED_HEAD = "SELECT position, recorded_at, clock_timestamp() FROM log.lock_heads(%s)"
TIME_OF = "SELECT recorded_at FROM log.event WHERE company_id = %s AND position = %s"
OPENED = "SELECT created_at FROM edge.company WHERE company_id = %s"

# Positions have no gaps and time never goes back along them: halving finds the place in as many
# looks into the key as the length of the log has bits.
LAST_UNTIL = """
    WITH RECURSIVE span (low, high) AS (
        SELECT 0::bigint, %(head)s::bigint
        UNION ALL
        SELECT CASE WHEN middle.recorded_at <= %(at)s THEN middle.position ELSE low END,
               CASE WHEN middle.recorded_at <= %(at)s THEN high ELSE middle.position - 1 END
        FROM span CROSS JOIN LATERAL (
            SELECT position, recorded_at FROM log.event
            WHERE company_id = %(company)s AND position = (low + high + 1) / 2 OFFSET 0
        ) AS middle WHERE low < high
    ) SELECT low FROM span WHERE low = high
"""

PATTERN = re.compile(r"position:(\d{1,18})", re.ASCII)
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)

MISSING_FORM = (
    "must be a time with an offset, as 2026-12-01T09:00:00Z (in a URL, + is written %2B), "
    "or a position, as position:42"
)


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a company's log, and the time for which it stands."""

    position: int
    time: datetime


def parsed(text: str, field: str) -> int | datetime:
    """Read `position:N` or a time with an offset; a FieldError for anything else."""
    if number := PATTERN.fullmatch(text):
        return int(number[1])
    try:
        moment = datetime.fromisoformat(text.upper())
        if moment.tzinfo is not None and len(text) > len("2026-12-01"):
            return max(moment.astimezone(UTC), EARLIEST)
    except (ValueError, OverflowError):
        pass
    raise FieldError(field, MISSING_FORM)


def exact(moment: datetime) -> str:
    """Write a time to the microsecond: whoever asks for it again gets the same position."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def resolve(connection: Connection, company_id: UUID, text: str | None, field: str) -> Point:
    """Find the position that a time or position names; a FieldError when it is still to come.

    Without a text it is the end of the log, as far as that is recorded; position 0 is before the
    first event.

    The connection must be in autocommit mode: a lock on the head lasts for one statement.
    """
    with dated(connection, company_id):
        if text is None:
            return Point(*head(connection, company_id))
        return found(connection, company_id, parsed(text, field), field)


def found(connection: Connection, company_id: UUID, wanted: int | datetime, field: str) -> Point:
    """Find a position, or the one that a time names."""
    if isinstance(wanted, datetime):
        return at_time(connection, company_id, wanted, field)
    known = (
        one(connection, TIME_OF, company_id, wanted)
        if wanted
        else one(connection, OPENED, company_id)
    )
    if known is None:
        raise FieldError(field, "is not a position of the log")
    return Point(wanted, known[0])


def at_time(connection: Connection, company_id: UUID, moment: datetime, field: str) -> Point:
    """Find the last position that was recorded until then.

    No event will ever be recorded before the head's time, but one with a time after it may be on
    its way: whoever asks for such a time waits, as a writer does, until the head is free.
    """
    position, recorded_at = head(connection, company_id)
    if moment >= recorded_at:
        position, recorded_at, now = locked_head(connection, company_id)
        if moment > now:
            raise FieldError(field, "must not lie in the future")
    if moment >= recorded_at:
        return Point(position, moment)
    arguments = {"company": company_id, "head": position, "at": moment}
    row = connection.cursor(row_factory=tuple_row).execute(LAST_UNTIL, arguments).fetchone()
    return Point(0 if row is None else row[0], moment)


def head(connection: Connection, company_id: UUID) -> tuple[int, datetime]:
    """Return position and time of the head, as last committed."""
    row = one(connection, HEAD, company_id)
    if row is None:
        msg = f"company {company_id} has no log"
        raise LookupError(msg)
    return row[0], row[1]


def locked_head(connection: Connection, company_id: UUID) -> tuple[int, datetime, datetime]:
    """Return the head once nobody is appending, and what the database's clock says then."""
    try:
        row = one(connection, LOCKED_HEAD, [company_id])
    except LockNotAvailable as held:
        raise errors.Busy from held
    if row is None:
        msg = f"company {company_id} has no log"
        raise LookupError(msg)
    return row[0], row[1], row[2]


def one(connection: Connection, query: str, *arguments: Any) -> tuple[Any, ...] | None:  # noqa: ANN401  # whatever the query takes
    """Read one row."""
    cursor = connection.cursor(row_factory=tuple_row)
    return cursor.execute(query, arguments).fetchone()
