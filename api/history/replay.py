"""Folds a contact's events again, with the very folds that make the live rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from psycopg.rows import args_row, tuple_row

from api.history.unreadable import at, dated, decoded, fail
from domain import errors
from domain.contact.events import Erased
from domain.eventlog.log import ASCENDING, DESCENDING, LoggedEvent
from domain.kernel import Event, Recorded
from domain.ports import Connection
from projections.inline import ContactRows
from projections.rebuild import streams

# In the order of `streams.folded`.
FOR_FOLDS = """
    SELECT company_id, contact_id, version, topic, state, position, recorded_at FROM log.event
    WHERE company_id = %s AND contact_id = %s ORDER BY version
"""
TOPIC = 3

Stream = Sequence[LoggedEvent]
"""All events of one contact, by version."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event with the contact's rows before and after it, which the next step changes."""

    logged: LoggedEvent
    event: Event
    before: ContactRows
    after: ContactRows


def stream_of(
    connection: Connection, company_id: UUID, contact_id: UUID, upto: int | None = None
) -> Stream:
    """Read a contact's events up to this version; ContactNotFound when there are none."""
    with (
        dated(connection, company_id, contact_id),
        connection.cursor(row_factory=args_row(LoggedEvent), binary=True) as cursor,
    ):
        arguments = (company_id, contact_id, None, upto, None)
        stream = cursor.execute(ASCENDING, arguments).fetchall()
    if not stream:
        raise errors.ContactNotFound
    return stream


def last_of(connection: Connection, company_id: UUID, contact_id: UUID) -> Stream:
    """Read a contact's last event alone."""
    with (
        dated(connection, company_id, contact_id),
        connection.cursor(row_factory=args_row(LoggedEvent), binary=True) as cursor,
    ):
        return cursor.execute(DESCENDING, (company_id, contact_id, None, None, 1)).fetchall()


def is_erased(stream: Stream) -> bool:
    """Tell whether only a skeleton is left: nothing ever follows an erasure."""
    return stream[-1].topic == Erased.TOPIC


def steps(company_id: UUID, stream: Stream, after_version: int = 0) -> Iterator[Step]:
    """Yield the later events with the rows around each; `after.changed` names those it touched."""
    if len(stream) <= after_version:
        return
    before = folded(company_id, contact_of(stream), stream[:after_version])
    after = before.copy()
    for logged in stream[after_version:]:
        after.settle()
        recorded = recorded_of(logged)
        with at(recorded.position):
            after.fold(recorded)
        yield Step(logged, recorded.event, before, after)
        before.follow(after)


def rows_at(
    connection: Connection, company_id: UUID, contact_id: UUID, *positions: int
) -> list[ContactRows]:
    """Return the contact's rows as they were when the log ended at each of these positions.

    Raises ContactNotFound when there is no event at all, and ContactErased. Reads only what a fold
    needs: a contact may have thousands of events.
    """
    with (
        dated(connection, company_id, contact_id),
        connection.cursor(row_factory=tuple_row, binary=True) as cursor,
    ):
        stored = cursor.execute(FOR_FOLDS, (company_id, contact_id)).fetchall()
    if not stored:
        raise errors.ContactNotFound
    if stored[-1][TOPIC] == Erased.TOPIC:
        raise errors.ContactErased
    return [
        rows
        for position in positions
        for rows in streams.folded(stored, {company_id: position}, fail)
    ]


def folded(company_id: UUID, contact_id: UUID, past: Stream) -> ContactRows:
    """Fold events from the first one on."""
    rows = ContactRows(company_id, contact_id)
    for logged in past:
        with at(logged.position):
            rows.fold(recorded_of(logged))
    return rows


def contact_of(stream: Stream) -> UUID:
    """Return whose events these are."""
    return cast("UUID", stream[0].originator_id)  # the library would also take a text


def recorded_of(logged: LoggedEvent) -> Recorded:
    """Decode an event of the log."""
    return Recorded(
        contact_of((logged,)),
        logged.originator_version,
        decoded(logged.topic, logged.state, logged.position),
        logged.position,
        logged.recorded_at,
    )
