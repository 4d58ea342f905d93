"""What a contact remembers of its history: `apply` and nothing that could refuse."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
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
        self.submissions: set[str] = set()
        self.optin_asked: str | None = None
        self.optin: str | None = None
        self.deleted = False

    def copy(self) -> Self:
        """Return an independent copy, so that a refused wish leaves nothing behind."""
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.fields = self.fields.copy()
        twin.additional_data = self.additional_data.copy()
        twin.bookings = self.bookings.copy()
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
        """Remember the place."""
        self.bookings[event.appointment_id, event.attendee_id] = Booking((event.start, event.end))

    def on_rescheduled(self, event: e.BookingRescheduled) -> None:
        """Move the place, and rename it if the scheduler did."""
        booking = self.bookings.pop((event.appointment_id, event.attendee_id), None)
        name = event.new_appointment_id or event.appointment_id
        moved = booking or Booking((event.start, event.end))
        self.bookings[name, event.attendee_id] = replace(moved, times=(event.start, event.end))

    def on_booking(self, event: e.BookingEvent) -> None:
        """Remember what a cancellation or a no-show mark changes."""
        place = (event.appointment_id, event.attendee_id)
        if place in self.bookings:
            self.bookings[place] = BOOKING_CHANGES[type(event)](self.bookings[place])

    def on_form(self, event: e.FormSubmitted) -> None:
        """Remember the submission's id."""
        self.submissions.add(event.submission_id)

    def on_optin_requested(self, event: e.OptinRequested) -> None:
        """Remember who was asked."""
        self.optin_asked = event.email

    def on_optin_confirmed(self, event: e.OptinConfirmed) -> None:
        """Remember who agreed."""
        self.optin, self.optin_asked = event.email, None

    def on_optin_withdrawn(self, _: e.OptinWithdrawn) -> None:
        """Forget consent and request."""
        self.optin = self.optin_asked = None

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

BOOKING_CHANGES: dict[type[Event], Callable[[Booking], Booking]] = {
    e.BookingCancelled: lambda booking: replace(booking, cancelled=True, no_show=False),
    e.NoShowMarked: lambda booking: replace(booking, no_show=True),
    e.NoShowCleared: lambda booking: replace(booking, no_show=False),
}
