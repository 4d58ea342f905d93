"""Finds out what puts a change of a contact back, and what stands in the way."""

from typing import Any
from uuid import UUID

from api.contacts.known import claim
from api.history import replay
from api.history.past import readable
from api.history.replay import Stream
from api.history.words import values_of
from api.problems import ChangedSince, FieldError, NotUndoable
from domain.application.requests import ById, Step
from domain.contact import events as e
from domain.contact.commands import Provided, UpdateContact
from domain.contact.memory import set_fields
from domain.kernel import Event
from domain.ports import Connection
from projections.contacts.projector import ContactRow
from projections.inline import CONTACTS

LABELS = (e.Tagged, e.Untagged)

ATTEMPTS = 5
"""How often an undoing is worked out anew because the contact was changed meanwhile."""


def undoing(connection: Connection, company_id: UUID, contact_id: UUID, version: int) -> Step:
    """Return the wish that puts back what an event changed, good for the contact as it is now.

    Raises NotUndoable, and ChangedSince when something of it was changed again later.
    """
    stream = readable(connection, company_id, contact_id)
    if version > len(stream):
        raise FieldError("version", "is not a version of this contact")
    event = event_of(stream, version)
    if not isinstance(event, e.Updated | e.Tagged | e.Untagged):
        raise NotUndoable
    if later := overlaps(event, stream[version:]):
        raise ChangedSince(later)
    if isinstance(event, e.Updated):
        before = row_of(company_id, stream[: version - 1])
        command = UpdateContact(e.Details(**former(event, before)))
    else:
        labels = relabelled(event, row_of(company_id, stream).own_tags)
        command = UpdateContact(e.Details(), labels)
    seen = frozenset({len(stream)})
    return Step(ById(contact_id), Provided(seen, command), claim(command.details))


def overlaps(event: Event, later: Stream) -> list[tuple[int, list[str]]]:
    """Return the later events that changed some of the same, and what."""
    own = changed(event)
    shared = (
        (logged.originator_version, sorted(own & changed(replay.recorded_of(logged).event)))
        for logged in later
    )
    return [(version, fields) for version, fields in shared if fields]


def changed(event: Event) -> set[str]:
    """Name what an event changed, every tag and every key of additional data by itself."""
    if isinstance(event, e.Updated):
        return set(values_of(event))
    return {f"tags.{tag}" for tag in event.tags} if isinstance(event, LABELS) else set()


def former(event: e.Updated, before: ContactRow) -> dict[str, Any]:
    """Return the values that the fields of the event had before it."""
    names = {"phone_key": "valid_phone"}
    fields = set_fields(event)
    values = {name: getattr(before, names.get(name, name)) for name in fields}
    if "additional_data" in fields:
        keys = fields["additional_data"] or {}
        values["additional_data"] = {key: before.additional_data.get(key) for key in keys}
    return values


def relabelled(event: e.Tagged | e.Untagged, now: tuple[str, ...]) -> tuple[str, ...]:
    """Return the caller's own tags without the event."""
    if isinstance(event, e.Untagged):
        return now + event.tags
    return tuple(tag for tag in now if tag not in event.tags)


def event_of(stream: Stream, version: int) -> Event:
    """Decode one event of a stream."""
    return replay.recorded_of(stream[version - 1]).event


def row_of(company_id: UUID, past: Stream) -> ContactRow:
    """Return the contact's row after these events."""
    row: ContactRow = replay.folded(company_id, replay.contact_of(past), past).of(CONTACTS)[()]
    return row
