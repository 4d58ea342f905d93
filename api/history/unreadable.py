"""Names the event of a log that cannot be read: it was changed, or another version wrote it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Never
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from api.problems import UnreadableEvent
from domain.eventlog.mapper import decode
from domain.kernel import Event
from domain.ports import Connection

# The head counts as the last event. Ends of the calendar do not exist in every time zone.
BEYOND_THE_CALENDAR = """
    SELECT min(position) FROM (
        SELECT position, recorded_at FROM log.event
        WHERE company_id = %(company)s AND contact_id = coalesce(%(contact)s, contact_id)
        UNION ALL
        SELECT position, recorded_at FROM log.company_log WHERE company_id = %(company)s
    ) AS place WHERE NOT recorded_at BETWEEN '0001-01-02 UTC' AND '9999-12-30 UTC'
"""


def decoded(topic: str, state: bytes | None, position: int) -> Event:
    """Decode an event; UnreadableEvent when that fails."""
    with at(position):
        return decode(topic, state)


@contextmanager
def at(position: int) -> Iterator[None]:
    """Name the event whose decoding or folding fails."""
    try:
        yield
    except Exception as damaged:  # whatever a damaged state makes of the code
        raise UnreadableEvent(position) from damaged


def fail(_: UUID, __: UUID, position: int, error: Exception) -> Never:
    """Show nobody a contact without one of its events."""
    raise UnreadableEvent(position) from error


@contextmanager
def dated(
    connection: Connection, company_id: UUID, contact_id: UUID | None = None
) -> Iterator[None]:
    """Name the event whose time Python cannot hold, which no service ever recorded."""
    try:
        yield
    except psycopg.DataError as beyond:
        row = connection.cursor(row_factory=tuple_row).execute(
            BEYOND_THE_CALENDAR, {"company": company_id, "contact": contact_id}
        )
        raise first(row.fetchone(), beyond) from beyond


@asynccontextmanager
async def dated_async(connection: AsyncConnection[Any], company_id: UUID) -> AsyncIterator[None]:
    """Do the same for a reader that is asynchronous, of all contacts."""
    try:
        yield
    except psycopg.DataError as beyond:
        cursor = connection.cursor(row_factory=tuple_row)
        await cursor.execute(BEYOND_THE_CALENDAR, {"company": company_id, "contact": None})
        raise first(await cursor.fetchone(), beyond) from beyond


def first(found: tuple[Any, ...] | None, beyond: psycopg.DataError) -> Exception:
    """Return what names the first of these events; when there is none, something else is wrong."""
    return UnreadableEvent(found[0]) if found and found[0] is not None else beyond
