"""Tells a contact's events one by one: who did what, in words, and what it changed."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal
from uuid import UUID

from api.history import differences, replay
from api.history.instants import exact
from api.history.past import readable
from api.history.replay import Step
from api.history.words import data_of, sentence
from api.keys import keyring
from domain.contact import events as e
from domain.ports import Connection
from projections.contacts.projector import ContactRow
from projections.inline import APPOINTMENTS, CONTACTS, ContactRows

Json = dict[str, Any]
Explained = Literal["noShowCount", "Recurring", "Optin"]

CONSENT = (e.OptinRequested, e.OptinConfirmed, e.OptinWithdrawn)


def history(
    connection: Connection,
    company_id: UUID,
    contact_id: UUID,
    after: int = 0,
    limit: int | None = None,
) -> Json:
    """Tell up to `limit` events behind version `after`; of an erased contact, the skeleton."""
    upto = None if limit is None else after + limit
    stream = replay.stream_of(connection, company_id, contact_id, upto)
    last = replay.last_of(connection, company_id, contact_id)
    told = [entry(step) for step in replay.steps(company_id, stream, after)]
    if replay.is_erased(last):
        told = [{**one, "changes": []} for one in told]
    end = stream[-1].originator_version
    more = limit is not None and last[-1].originator_version > end
    return {
        "contactId": contact_id,
        "events": signed(connection, company_id, told),
        "nextAfter": end if more else None,
    }


def explain(connection: Connection, company_id: UUID, contact_id: UUID, name: Explained) -> Json:
    """Tell a derived value and the events that make it what it is."""
    stream = readable(connection, company_id, contact_id)
    told: list[Json] = []
    row = ContactRow()
    for step in replay.steps(company_id, stream):
        row = step.after.of(CONTACTS)[()]
        if REASONS[name](step):
            told.append(entry(step))
    value = row.no_show_count if name == "noShowCount" else name in row.tags
    return {
        "contactId": contact_id,
        "name": name,
        "value": value,
        "events": signed(connection, company_id, told),
    }


def entry(step: Step) -> Json:
    """Tell one event; `actor` is as recorded until it is signed."""
    logged = step.logged
    return {
        "position": logged.position,
        "version": logged.originator_version,
        "recordedAt": exact(logged.recorded_at),
        "kind": logged.topic,
        "words": sentence(logged.topic, step.event, step.before),
        "actor": logged.actor,
        "source": logged.source,
        "requestId": logged.request_id,
        "data": data_of(step.event),
        "changes": differences.of_step(step.before, step.after),
    }


def signed(connection: Connection, company_id: UUID, told: Iterable[Json]) -> list[Json]:
    """Say who did it: the key by id and name, and the user for whom it claimed to act."""
    told = list(told)
    keys = {one["actor"].partition("/")[0] for one in told}
    names = keyring.names(connection, company_id, keys)
    return [{**one, "actor": signature(one["actor"], names)} for one in told]


def signature(actor: str, names: Mapping[str, str]) -> Json:
    """Take apart who did it, as it is recorded; `names` are those of the keys."""
    key_id, _, user_id = actor.partition("/")
    return {"keyId": key_id or None, "keyName": names.get(key_id), "userId": user_id or None}


def row_of(rows: ContactRows) -> ContactRow:
    """Return the contact's row, an empty one before there is any."""
    row: ContactRow = rows.of(CONTACTS).get((), ContactRow())
    return row


def counted_otherwise(step: Step) -> bool:
    """Tell whether the event changed the count of no-shows."""
    return row_of(step.before).no_show_count != row_of(step.after).no_show_count


def made_recurring(step: Step) -> bool:
    """Tell whether the event was the first booking, or the one that made it a second meeting."""
    first = isinstance(step.event, e.BookingLinked) and not step.before.of(APPOINTMENTS)
    return first or row_of(step.before).recurring != row_of(step.after).recurring


REASONS: dict[Explained, Callable[[Step], bool]] = {
    "noShowCount": counted_otherwise,
    "Recurring": made_recurring,
    "Optin": lambda step: isinstance(step.event, CONSENT),
}
"""Whether an event is one of those that make a value what it is."""
