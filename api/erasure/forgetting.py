"""Destroys what is stored of a person, in the transaction that appends `Erased`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.erasure.holders import HOLDERS, Person
from api.history import replay
from domain.contact import events as e
from domain.eventlog.mapper import decode
from domain.identity import email_key
from domain.kernel import Event
from domain.ports import Connection
from projections import forgetting as read_models
from projections.inline import VIEWS

HASH = "SELECT hash FROM log.event WHERE company_id = %s AND position = %s"


@dataclass(frozen=True, slots=True)
class Cleared:
    """What there was of a person in one table."""

    table: str
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure that is about to be committed: the place of `Erased` in the log, and what went."""

    company_id: UUID
    contact_id: UUID
    reason: str
    position: int
    recorded_at: datetime
    hash: bytes
    cleared: tuple[Cleared, ...]


def forget(connection: Connection, company_id: UUID, contact_id: UUID) -> Erasure:
    """Destroy all that is stored of a contact whose `Erased` this transaction has appended."""
    *past, erased = replay.stream_of(connection, company_id, contact_id)
    end = decode(erased.topic, erased.state)
    if not isinstance(end, e.Erased):
        msg = "only a contact whose stream has ended can be forgotten"
        raise TypeError(msg)
    [[head]] = connection.execute(HASH, (company_id, erased.position)).fetchall()
    events = [decode(logged.topic, logged.state) for logged in past]
    person = Person(company_id, contact_id, addresses_of(events))
    cleared = (*live_rows(person, past), *forgotten(connection, person))
    return Erasure(
        company_id, contact_id, end.reason, erased.position, erased.recorded_at, head, cleared
    )


def addresses_of(events: Iterable[Event]) -> frozenset[str]:
    """Return every address and every valid number that these events gave a contact."""
    given = [event for event in events if isinstance(event, e.Created | e.Updated)]
    emails = {email_key(event.email) for event in given if event.email is not None}
    return frozenset(emails | {event.phone_key for event in given if event.phone_key is not None})


def live_rows(person: Person, past: replay.Stream) -> Iterator[Cleared]:
    """Tell which live rows there were: the projections have removed or emptied them by now."""
    rows = replay.folded(person.company_id, person.contact_id, past)
    for view in VIEWS:
        yield Cleared(f"read.{view.name}", "rows", len(rows.of(view)))


def forgotten(connection: Connection, person: Person) -> Iterator[Cleared]:
    """Blank the events, and forget the person in what is not served and at the edge."""
    key = (person.company_id, person.contact_id)
    [[blanked]] = connection.execute("SELECT log.erase(%s, %s)", key).fetchall()
    yield Cleared("log.event", "contents of events", blanked)
    for table, deleted in read_models.forget(connection, *key).items():
        yield Cleared(table, "rows", deleted)
    for holder in HOLDERS:
        yield Cleared(holder.table, "contents of rows", holder.forget(connection, person))
