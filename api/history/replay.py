"""Folds a contact's events again, with the very folds that make the live rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import args_row

from domain import errors
from domain.contact.events import Erased
from domain.eventlog.log import ASCENDING, LoggedEvent
from domain.eventlog.mapper import decode
from domain.kernel import Event, Recorded
from domain.ports import Connection
from projections.inline import ContactRows

Stream = Sequence[LoggedEvent]
"""All events of one contact, by version."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event with the contact's rows before and after it."""

    logged: LoggedEvent
    event: Event
    before: ContactRows
    after: ContactRows


def stream_of(connection: Connection, company_id: UUID, contact_id: UUID) -> Stream:
    """Read a contact's events; ContactNotFound when there are none."""
    with connection.cursor(row_factory=args_row(LoggedEvent), binary=True) as cursor:
        arguments = (company_id, contact_id, None, None, None)
        stream = cursor.execute(ASCENDING, arguments).fetchall()
    if not stream:
        raise errors.ContactNotFound
    return stream


def is_erased(stream: Stream) -> bool:
    """Tell whether only a skeleton is left: nothing ever follows an erasure."""
    return stream[-1].topic == Erased.TOPIC


def steps(company_id: UUID, stream: Stream, after_version: int = 0) -> Iterator[Step]:
    """Yield the later events with the rows around each; `after.changed` names those it touched."""
    if len(stream) <= after_version:
        return
    after = folded(company_id, contact_of(stream), stream[:after_version])
    for logged in stream[after_version:]:
        before, after = after, after.copy()
        after.settle()
        recorded = recorded_of(logged)
        after.fold(recorded)
        yield Step(logged, recorded.event, before, after)


def rows_at(company_id: UUID, stream: Stream, position: int) -> ContactRows:
    """Return the contact's rows as they were when the log ended at `position`."""
    past = [logged for logged in stream if logged.position <= position]
    return folded(company_id, contact_of(stream), past)


def folded(company_id: UUID, contact_id: UUID, past: Stream) -> ContactRows:
    """Fold events from the first one on."""
    rows = ContactRows(company_id, contact_id)
    for logged in past:
        rows.fold(recorded_of(logged))
    return rows


def contact_of(stream: Stream) -> UUID:
    """Return whose events these are."""
    return UUID(str(stream[0].originator_id))


def recorded_of(logged: LoggedEvent) -> Recorded:
    """Decode an event of the log."""
    return Recorded(
        UUID(str(logged.originator_id)),
        logged.originator_version,
        decode(logged.topic, logged.state),
        logged.position,
        logged.recorded_at,
    )
