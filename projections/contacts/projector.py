"""Folds a contact's events into its one row: fields, derived tags, no-shows, search keys."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from domain.contact import events as e
from domain.identity import email_key
from domain.kernel import Event, Recorded
from projections.contacts.folding import folded, sort_key
from projections.contacts.meetings import EMPTY, MISSED, OFF, TAKEN, Meetings, Place
from projections.kernel import Key, View

NEVER = datetime.min.replace(tzinfo=UTC)


class ContactRow(NamedTuple):
    """The row, and what the fold must remember beside it."""

    version: int = 0
    status: str = "live"
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone_number: str | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None
    no_show_count: int = 0
    crm_company_id: UUID | None = None
    account_owner_id: UUID | None = None
    additional_data: Mapping[str, Any] = {}
    address: e.Address | None = None
    language: str | None = None
    title: str | None = None
    employer: str | None = None
    seniority: str | None = None
    function: str | None = None
    location: str | None = None
    created_at: datetime = NEVER
    updated_at: datetime = NEVER
    email_key: str | None = None
    phone_key: str | None = None
    folded: str | None = None
    first_name_key: str | None = None
    last_name_key: str | None = None
    # the fold's own memory
    own_tags: tuple[str, ...] = ()
    valid_phone: str | None = None
    opted_in: bool = False
    meetings: Meetings = Meetings()

    @property
    def recurring(self) -> bool:
        """Whether there is more than one meeting."""
        return self.meetings.number > 1

    def but(self, **changes: Any) -> "ContactRow":  # noqa: ANN401  # a value of any column
        """Return the row with other values; what `_replace` does, in half its time."""
        values: list[Any] = list(self)
        for name, value in changes.items():
            values[POSITIONS[name]] = value
        return ContactRow._make(values)


POSITIONS = {name: position for position, name in enumerate(ContactRow._fields)}


class Contacts(View):
    """The row of each contact."""

    name = "contact"
    version = 1
    key: ClassVar[tuple[str, ...]] = ()
    columns: ClassVar[Mapping[str, str]] = {
        "version": "integer",
        "status": "text",
        "first_name": "text",
        "last_name": "text",
        "email": "text",
        "phone_number": "text",
        "tags": "text[]",
        "notes": "text",
        "no_show_count": "integer",
        "crm_company_id": "uuid",
        "account_owner_id": "uuid",
        "additional_data": "jsonb",
        "address": "jsonb",
        "language": "text",
        "title": "text",
        "employer": "text",
        "seniority": "text",
        "function": "text",
        "location": "text",
        "created_at": "timestamptz",
        "updated_at": "timestamptz",
        "email_key": "text",
        "phone_key": "text",
        "folded": "text",
        "first_name_key": "text",
        "last_name_key": "text",
    }

    def fold(self, rows: Mapping[Key, Any], recorded: Recorded) -> Mapping[Key, Any]:
        """Fold one event into the contact's row."""
        row: ContactRow = rows.get(()) or ContactRow(created_at=recorded.recorded_at)
        change = CHANGES.get(type(recorded.event))
        if change is not None:
            row = change(row, recorded.event)
        row = row.but(version=recorded.originator_version, updated_at=recorded.recorded_at)
        return {(): row}


def details(row: ContactRow, event: e.Created | e.Updated) -> ContactRow:
    """Take over the fields that the event carries, and what is derived from them."""
    sent = {name: getattr(event, name) for name in event.model_fields_set}
    if "phone_key" in sent:
        sent["valid_phone"] = sent.pop("phone_key")
    sent.pop("source", None)
    if "tags" in sent:
        sent["own_tags"] = sent.pop("tags")
    if "additional_data" in sent:
        merged = {**row.additional_data, **sent["additional_data"]}
        sent["additional_data"] = {k: v for k, v in merged.items() if v is not None}
    row = with_tags(row.but(**sent))
    return row if row.folded is not None and FOUND_BY.isdisjoint(sent) else with_keys(row)


FOUND_BY = frozenset({"first_name", "last_name", "email", "phone_number", "valid_phone"})
"""The fields from which search keys are made."""


def with_keys(row: ContactRow) -> ContactRow:
    """Derive what the contact is found and sorted by; nothing when it is hidden."""
    if row.status != "live":
        return row.but(
            email_key=None, phone_key=None, folded=None, first_name_key=None, last_name_key=None
        )
    return row.but(
        email_key=None if row.email is None else email_key(row.email),
        phone_key=row.valid_phone,
        folded=folded(row.first_name, row.last_name, row.email, row.phone_number),
        first_name_key=None if row.first_name is None else sort_key(row.first_name),
        last_name_key=None if row.last_name is None else sort_key(row.last_name),
    )


def with_tags(row: ContactRow) -> ContactRow:
    """Put the derived tags behind the caller's own."""
    derived = ("Recurring",) * row.recurring + ("Optin",) * row.opted_in
    tags = row.own_tags + derived
    return row if tags == row.tags else row.but(tags=tags)


def tagged(row: ContactRow, event: e.Tagged) -> ContactRow:
    """Append the tags that are new."""
    new = tuple(tag for tag in event.tags if tag not in row.own_tags)
    return with_tags(row.but(own_tags=row.own_tags + new))


def untagged(row: ContactRow, event: e.Untagged) -> ContactRow:
    """Drop tags."""
    kept = tuple(tag for tag in row.own_tags if tag not in event.tags)
    return with_tags(row.but(own_tags=kept))


def counted(row: ContactRow, meetings: Meetings) -> ContactRow:
    """Count distinct meetings: all, called off or not, and those missed and not called off."""
    return with_tags(row.but(meetings=meetings, no_show_count=meetings.missed))


def linked(row: ContactRow, event: e.BookingLinked) -> ContactRow:
    """Take a place."""
    return counted(row, row.meetings.said(place(event), lambda seat: seat | {TAKEN}))


def rescheduled(row: ContactRow, event: e.BookingRescheduled) -> ContactRow:
    """Follow a place to its new name: it stays the same booking, also if it was there already."""
    old = place(event)
    new = (event.new_appointment_id or old[0], event.new_attendee_id or old[1])
    moving = row.meetings.seat(old)
    if TAKEN not in moving:
        return row
    if event.reinstates:
        moving -= {OFF}
    left = row.meetings.said(old, lambda _: EMPTY)
    return counted(row, left.said(new, lambda seat: seat | moving))


def marked(row: ContactRow, event: e.NoShowMarked) -> ContactRow:
    """Count one more, if the meeting is not counted yet."""
    return counted(row, row.meetings.said(place(event), lambda seat: seat | {MISSED}))


def cleared(row: ContactRow, event: e.NoShowCleared) -> ContactRow:
    """Count it no longer."""
    return counted(row, row.meetings.said(place(event), lambda seat: seat - {MISSED}))


def cancelled(row: ContactRow, event: e.BookingCancelled) -> ContactRow:
    """Count no failure to come while the meeting is called off."""
    return counted(row, row.meetings.said(place(event), lambda seat: seat | {OFF}))


def place(event: e.BookingEvent) -> Place:
    """Return the place that the event speaks of."""
    return event.appointment_id, event.attendee_id


def confirmed(row: ContactRow, _: e.OptinConfirmed) -> ContactRow:
    """Opted in."""
    return with_tags(row.but(opted_in=True))


def withdrawn(row: ContactRow, _: e.OptinWithdrawn) -> ContactRow:
    """Not opted in any more."""
    return with_tags(row.but(opted_in=False))


def deleted(row: ContactRow, _: e.Deleted) -> ContactRow:
    """Hidden; found under nothing."""
    return with_keys(row.but(status="deleted"))


def restored(row: ContactRow, _: e.Restored) -> ContactRow:
    """Shown again."""
    return with_keys(row.but(status="live"))


def erased(row: ContactRow, _: e.Erased) -> ContactRow:
    """Nothing is left but that there was somebody."""
    return ContactRow(status="erased", created_at=row.created_at)


CHANGES: dict[type[Event], Callable[[ContactRow, Any], ContactRow]] = {
    e.Created: details,
    e.Updated: details,
    e.Tagged: tagged,
    e.Untagged: untagged,
    e.BookingLinked: linked,
    e.BookingRescheduled: rescheduled,
    e.BookingCancelled: cancelled,
    e.NoShowMarked: marked,
    e.NoShowCleared: cleared,
    e.OptinConfirmed: confirmed,
    e.OptinWithdrawn: withdrawn,
    e.Deleted: deleted,
    e.Restored: restored,
    e.Erased: erased,
}

Contacts.handles = frozenset(CHANGES)
