"""What a contact remembers of its history: `apply` and nothing that could refuse."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Self
from uuid import UUID

from domain.contact import events as e
from domain.identity import email_key
from domain.kernel import Aggregate, Event

Place = tuple[str, str]
"""Appointment id and attendee id: one contact's place in one meeting."""


@dataclass(frozen=True, slots=True)
class Booking:
    """What the rules need to know of a place in a meeting."""

    times: tuple[datetime, datetime]
    cancelled: bool = False
    no_show: bool = False
    """Marked; it counts while the meeting is not cancelled."""
    booked_as: str | None = None
    """E-mail key, else number, of who booked it, whatever becomes of the contact's address."""
    heard: frozenset[datetime] = frozenset()
    """When the scheduler said what is known of the meeting, each time."""
    cancel_said_at: datetime | None = None
    no_show_said_at: datetime | None = None

    @property
    def said_at(self) -> datetime | None:
        """When the scheduler said last when the meeting is."""
        return max(self.heard, default=None)


class Memory(Aggregate):
    """One person, as far as rules need to know them."""

    def __init__(self, aggregate_id: UUID) -> None:
        """Start as nobody: a contact exists from its first event on."""
        super().__init__(aggregate_id)
        self.erased = False
        self.forget()

    def forget(self) -> None:
        """Know nothing of the person."""
        self.fields: dict[str, Any] = {}
        self.additional_data: dict[str, Any] = {}
        self.tags: tuple[str, ...] = ()
        self.bookings: dict[Place, Booking] = {}
        self.moved: dict[tuple[str, str | None], Place] = {}
        self.submissions: set[str] = set()
        # who was asked and who agreed, as comparable addresses, and what was shown
        self.optin_asked: str | None = None
        self.optin: str | None = None
        self.optin_wording: str | None = None
        self.deleted = False

    def copy(self) -> Self:
        """Return an independent copy, so that a refused wish leaves nothing behind."""
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.fields = self.fields.copy()
        twin.additional_data = self.additional_data.copy()
        twin.bookings = self.bookings.copy()
        twin.moved = self.moved.copy()
        twin.submissions = self.submissions.copy()
        twin.collect_events()
        return twin

    @property
    def own_email_key(self) -> str | None:
        """The address in comparable form, claimed or not."""
        email = self.fields.get("email")
        return None if email is None else email_key(email)

    @property
    def email_key(self) -> str | None:
        """The address this contact claims for itself alone; None when deleted or without one."""
        return None if self.deleted else self.own_email_key

    @property
    def phone_key(self) -> str | None:
        """The valid number under which bookings find this contact."""
        return None if self.deleted else self.fields.get("phone_key")

    def apply(self, event: Event) -> None:
        """Remember an event; what it does not know of it ignores."""
        remember = MEMORIES.get(type(event))
        if remember is not None:
            remember(self, event)

    def on_details(self, event: e.Created | e.Updated) -> None:
        """Take over the set fields and merge the additional data."""
        sent = set_fields(event)
        self.additional_data = merged(self.additional_data, sent.pop("additional_data", {}))
        self.tags += sent.pop("tags", ())
        sent.pop("source", None)
        self.fields.update(sent)

    def on_tagged(self, event: e.Tagged) -> None:
        """Append the new tags."""
        self.tags += tuple(tag for tag in event.tags if tag not in self.tags)

    def on_untagged(self, event: e.Untagged) -> None:
        """Drop tags."""
        self.tags = tuple(tag for tag in self.tags if tag not in event.tags)

    def on_linked(self, event: e.BookingLinked) -> None:
        """Remember the place, and what it was called before."""
        place, times = (event.appointment_id, event.attendee_id), (event.start, event.end)
        booked_as = self.own_email_key or self.fields.get("phone_key")
        self.bookings[place] = Booking(times, booked_as=booked_as, heard=heard(event))
        if (former := event.moved_from) is not None:
            self.moved[former.appointment_id, former.attendee_id] = place

    def on_rescheduled(self, event: e.BookingRescheduled) -> None:
        """Move the place, and rename it if the scheduler did; two of one name become one."""
        old = (event.appointment_id, event.attendee_id)
        name = (event.new_appointment_id or old[0], event.new_attendee_id or old[1])
        left, there = self.bookings.pop(old, None), self.bookings.get(name)
        if name != old:
            self.moved[old] = name
            # what was said of a cancellation spoke of the old name
            left = left and replace(left, cancel_said_at=None)
        off = left is not None and left.cancelled and not event.reinstates
        known = there or left or Booking((event.start, event.end))
        self.bookings[name] = replace(
            known,
            times=(event.start, event.end),
            cancelled=off or (there is not None and there.cancelled),
            no_show=known.no_show or (left is not None and left.no_show),
            heard=known.heard | (left.heard if left else frozenset()) | heard(event),
            no_show_said_at=latest(*(one.no_show_said_at for one in (known, left) if one)),
        )

    def place_today(self, appointment_id: str, attendee_id: str | None) -> Place | None:
        """Return the name, after all moves, of a place that the contact has; None: it has none.

        `attendee_id` None means whatever place it is.
        """
        name: tuple[str, str | None] = (appointment_id, attendee_id)
        former = dict(self.moved)
        while True:
            if held := next((place for place in self.bookings if alike(name, place)), None):
                return held
            old = next((old for old in former if alike(name, old)), None)
            if old is None:
                return None
            name = former.pop(old)

    def on_booking(self, event: e.BookingEvent) -> None:
        """Remember what a cancellation or a no-show mark changes."""
        place = (event.appointment_id, event.attendee_id)
        if place in self.bookings:
            self.bookings[place] = BOOKING_CHANGES[type(event)](self.bookings[place], event)

    def on_form(self, event: e.FormSubmitted) -> None:
        """Remember the submission's id."""
        self.submissions.add(event.submission_id)

    def on_optin_requested(self, event: e.OptinRequested) -> None:
        """Remember who was asked, and what."""
        self.optin_asked = email_key(event.email)
        self.optin_wording = wording_digest(event.wording)

    def on_optin_confirmed(self, event: e.OptinConfirmed) -> None:
        """Remember who agreed."""
        self.optin, self.optin_asked = email_key(event.email), None

    def on_optin_withdrawn(self, _: e.OptinWithdrawn) -> None:
        """Forget consent and request."""
        self.optin = self.optin_asked = self.optin_wording = None

    def on_deleted(self, _: e.Deleted) -> None:
        """Hide."""
        self.deleted = True

    def on_restored(self, _: e.Restored) -> None:
        """Show."""
        self.deleted = False

    def on_erased(self, _: e.Erased) -> None:
        """Forget everything but that there was somebody."""
        self.forget()
        self.erased = True


def wording_digest(wording: str) -> str:
    """Return what tells one wording of a request from another."""
    return sha256(wording.encode()).hexdigest()[:32]


def alike(name: tuple[str, str | None], other: tuple[str, str | None]) -> bool:
    """Tell whether two names may mean one place; a missing attendee id means any."""
    return name[0] == other[0] and (None in (name[1], other[1]) or name[1] == other[1])


def heard(event: e.BookingEvent) -> frozenset[datetime]:
    """Return when the event was said, if anybody knows."""
    return frozenset() if event.said_at is None else frozenset({event.said_at})


def latest(*moments: datetime | None) -> datetime | None:
    """Return the last of the times that are known."""
    return max((moment for moment in moments if moment is not None), default=None)


def called_off(booking: Booking, event: e.BookingCancelled) -> Booking:
    """Remember the cancellation, and when it was said."""
    said_at = latest(booking.cancel_said_at, event.said_at)
    return replace(booking, cancelled=True, cancel_said_at=said_at)


def missed(booking: Booking, event: e.NoShowMarked | e.NoShowCleared) -> Booking:
    """Remember whether the contact came, and when that was said."""
    said_at = latest(booking.no_show_said_at, event.said_at)
    return replace(booking, no_show=isinstance(event, e.NoShowMarked), no_show_said_at=said_at)


def set_fields(model: e.Details) -> dict[str, Any]:
    """Return the fields that were set, as they are."""
    return {name: getattr(model, name) for name in model.model_fields_set}


def merged(data: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """Merge top-level keys; None removes one."""
    return {k: v for k, v in {**data, **patch}.items() if v is not None}


MEMORIES: dict[type[Event], Callable[[Memory, Any], None]] = {
    e.Created: Memory.on_details,
    e.Updated: Memory.on_details,
    e.Tagged: Memory.on_tagged,
    e.Untagged: Memory.on_untagged,
    e.BookingLinked: Memory.on_linked,
    e.BookingRescheduled: Memory.on_rescheduled,
    e.BookingCancelled: Memory.on_booking,
    e.NoShowMarked: Memory.on_booking,
    e.NoShowCleared: Memory.on_booking,
    e.FormSubmitted: Memory.on_form,
    e.OptinRequested: Memory.on_optin_requested,
    e.OptinConfirmed: Memory.on_optin_confirmed,
    e.OptinWithdrawn: Memory.on_optin_withdrawn,
    e.Deleted: Memory.on_deleted,
    e.Restored: Memory.on_restored,
    e.Erased: Memory.on_erased,
}

BOOKING_CHANGES: dict[type[Event], Callable[[Booking, Any], Booking]] = {
    e.BookingCancelled: called_off,
    e.NoShowMarked: missed,
    e.NoShowCleared: missed,
}
