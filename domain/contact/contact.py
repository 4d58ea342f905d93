"""The rules of a contact: `handle` decides what a wish causes."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from domain import errors
from domain.contact import commands as c
from domain.contact import events as e
from domain.contact.memory import Booking, Memory, Place, merged, set_fields
from domain.kernel import Command, Event

MAX_TAGS = 100
MAX_ADDITIONAL_DATA_BYTES = 65_536


class Contact(Memory):
    """One person who schedules meetings: decides, given what is remembered."""

    def handle(self, command: Command) -> Iterator[Event]:
        """Decide which events the command causes, or raise a DomainError."""
        if self.erased:
            raise errors.ContactErased
        if self.version == 0 and not isinstance(command, FOUNDING):
            raise errors.ContactNotFound
        if self.deleted and not isinstance(command, HEARD_WHILE_DELETED):
            raise errors.ContactDeleted
        return DECISIONS[type(command)](self, command)

    def create(self, command: c.CreateContact) -> Iterator[Event]:
        """Make the contact, or update the one that has the address already."""
        if self.version == 0:
            yield self._created(command.details, command.tags, command.source)
        elif command.update_existing:
            yield from self.update(c.UpdateContact(command.details, command.tags or None))
        else:
            raise errors.EmailTaken(self.id)

    def update(self, command: c.UpdateContact) -> Iterator[Event]:
        """Record what differs, and nothing else."""
        changes = self._changes(command.details)
        if changes:
            self._require_an_address({**self.fields, **changes})
            yield e.Updated(**changes)
        if command.tags is not None:
            yield from self._retag(own_tags(command.tags))

    def link(self, command: c.LinkBooking) -> Iterator[Event]:
        """Fill only what is missing, then take the place; the same place twice is nothing new."""
        place = self._place(command)
        if place in self.bookings:
            return
        details = self._with_owner(command)
        if self.version == 0:
            yield self._created(details, (), command.source)
        else:
            missing = self._missing(details)
            if missing:
                yield e.Updated(**missing)
        yield self._linked(command, place)

    def reschedule(self, command: c.RescheduleBooking) -> Iterator[Event]:
        """Move the meeting; times and name that it has already are nothing new."""
        times = (command.start, command.end)
        new_id = command.new_appointment_id
        for place, booking in self.places(command.appointment_id, command.attendee_id):
            if booking.cancelled:
                raise errors.BookingCancelledAlready
            if booking.times != times or new_id not in (None, place[0]):
                yield e.BookingRescheduled(
                    appointment_id=place[0],
                    attendee_id=place[1],
                    start=command.start,
                    end=command.end,
                    new_appointment_id=new_id,
                )

    def cancel(self, command: c.CancelBooking) -> Iterator[Event]:
        """Call off what is not called off yet."""
        for place, booking in self.places(command.appointment_id, command.attendee_id):
            if not booking.cancelled:
                yield e.BookingCancelled(
                    appointment_id=place[0], attendee_id=place[1], reason=command.reason
                )

    def mark_no_show(self, command: c.MarkNoShow) -> Iterator[Event]:
        """Mark each place once; who cancelled cannot fail to come."""
        for place, booking in self.places(command.appointment_id, command.attendee_id):
            if booking.cancelled:
                raise errors.BookingCancelledAlready
            if not booking.no_show:
                yield e.NoShowMarked(appointment_id=place[0], attendee_id=place[1])

    def clear_no_show(self, command: c.ClearNoShow) -> Iterator[Event]:
        """Take away the marks that are there."""
        for place, booking in self.places(command.appointment_id, command.attendee_id):
            if booking.no_show:
                yield e.NoShowCleared(appointment_id=place[0], attendee_id=place[1])

    def submit_form(self, command: c.SubmitForm) -> Iterator[Event]:
        """Keep a submission once."""
        if command.submission_id not in self.submissions:
            yield e.FormSubmitted(
                submission_id=command.submission_id,
                form_id=command.form_id,
                form_name=command.form_name,
                answers=command.answers,
                submitted_at=command.submitted_at,
            )

    def request_optin(self, command: c.RequestOptin) -> Iterator[Event]:
        """Ask under the address that the contact has now."""
        email = self.fields.get("email")
        if email is None:
            raise errors.NoAddress
        yield e.OptinRequested(
            email=email, wording=command.wording, requested_at=command.requested_at
        )

    def confirm_optin(self, command: c.ConfirmOptin) -> Iterator[Event]:
        """Agree once, for the address that was asked and is still the contact's."""
        if self.optin == command.email:
            return
        if not self.optin_asked == command.email == self.fields.get("email"):
            raise errors.OptinNotRequested
        yield e.OptinConfirmed(
            email=command.email,
            confirmed_at=command.confirmed_at,
            ip_address=command.ip_address,
            user_agent=command.user_agent,
        )

    def withdraw_optin(self, command: c.WithdrawOptin) -> Iterator[Event]:
        """Take back a consent or an open request."""
        if self.optin is not None or self.optin_asked is not None:
            yield e.OptinWithdrawn(withdrawn_at=command.withdrawn_at, reason=command.reason)

    def delete(self, _: c.DeleteContact) -> Iterator[Event]:
        """Hide it, once."""
        if not self.deleted:
            yield e.Deleted()

    def restore(self, _: c.RestoreContact) -> Iterator[Event]:
        """Show it again, if it is hidden."""
        if self.deleted:
            yield e.Restored()

    def erase(self, command: c.EraseContact) -> Iterator[Event]:
        """End the history; the log blanks what came before."""
        yield e.Erased(reason=command.reason)

    def _created(self, details: e.Details, tags: tuple[str, ...], source: str) -> e.Created:
        known = {name: value for name, value in set_fields(details).items() if value is not None}
        self._require_an_address(known)
        if data := merged({}, known.pop("additional_data", {})):
            require_size(data)
            known["additional_data"] = data
        if own := own_tags(tags):
            known["tags"] = own
        return e.Created(**known, source=source)

    def _changes(self, details: e.Details) -> dict[str, Any]:
        """Keep of `details` what differs; no additional data at all clears every key."""
        sent = set_fields(details)
        data = sent.pop("additional_data", {})
        if data is None:
            data = dict.fromkeys(self.additional_data)
        changes = {k: v for k, v in sent.items() if self.fields.get(k) != v}
        patch = {k: v for k, v in data.items() if differs(self.additional_data.get(k), v)}
        if patch:
            require_size(merged(self.additional_data, patch))
            changes["additional_data"] = patch
        return changes

    def _missing(self, details: e.Details) -> dict[str, Any]:
        """Keep of `details` only what nobody has saved yet: a booking never overwrites."""
        sent = {k: v for k, v in set_fields(details).items() if v is not None}
        data = sent.pop("additional_data", {})
        changes = {k: v for k, v in sent.items() if self.fields.get(k) is None}
        if self.fields.get("phone_number") is not None:
            changes.pop("phone_key", None)
        patch = {k: v for k, v in data.items() if v is not None and k not in self.additional_data}
        if patch and fits(merged(self.additional_data, patch)):
            changes["additional_data"] = patch
        return changes

    def _retag(self, wanted: tuple[str, ...]) -> Iterator[Event]:
        if added := tuple(tag for tag in wanted if tag not in self.tags):
            yield e.Tagged(tags=added)
        if gone := tuple(tag for tag in self.tags if tag not in wanted):
            yield e.Untagged(tags=gone)

    def _require_an_address(self, fields: dict[str, Any]) -> None:
        if fields.get("email") is None and fields.get("phone_number") is None:
            raise errors.NoAddress

    def _place(self, command: c.LinkBooking) -> Place:
        appointment_id = command.meeting.appointment_id
        if command.attendee_id is not None:
            return appointment_id, command.attendee_id
        held = (place for place in self.bookings if place[0] == appointment_id)
        return next(held, (appointment_id, command.new_attendee_id))

    def places(self, appointment_id: str, attendee_id: str | None) -> list[tuple[Place, Booking]]:
        """Return the contact's places in the meeting, or the one that is named."""
        return [
            (place, booking)
            for place, booking in self.bookings.items()
            if place[0] == appointment_id and attendee_id in (None, place[1])
        ]

    def _with_owner(self, command: c.LinkBooking) -> e.Details:
        """Make the first meeting's first host the owner, when the host's id is a UUID."""
        hosts = command.meeting.hosts
        owner = as_uuid(hosts[0].id) if hosts and not self.bookings else None
        if owner is None or command.details.account_owner_id is not None:
            return command.details
        return command.details.model_copy(update={"account_owner_id": owner})

    def _linked(self, command: c.LinkBooking, place: Place) -> e.BookingLinked:
        meeting = command.meeting
        return e.BookingLinked(
            appointment_id=place[0],
            attendee_id=place[1],
            start=meeting.start,
            end=meeting.end,
            timezone=meeting.timezone,
            meeting_type_id=meeting.meeting_type_id,
            meeting_type_name=meeting.meeting_type_name,
            hosts=meeting.hosts,
            channel=meeting.channel,
            meeting_link=meeting.meeting_link,
            source=command.source,
        )


def own_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Keep each tag once, in order, without those that only history gives."""
    own = tuple(dict.fromkeys(tag for tag in tags if tag not in e.DERIVED_TAGS))
    if len(own) > MAX_TAGS:
        raise errors.TooManyTags
    return own


def differs(old: object, new: object) -> bool:
    """Tell values apart as JSON does, where true is not 1 and keys have no order."""
    return json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True)


def fits(data: dict[str, Any]) -> bool:
    """Tell whether the data may be kept."""
    return len(to_json(data)) <= MAX_ADDITIONAL_DATA_BYTES


def require_size(data: dict[str, Any]) -> None:
    """Refuse data that is too large."""
    if not fits(data):
        raise errors.AdditionalDataTooLarge


def as_uuid(text: str) -> UUID | None:
    """Return the UUID that the text is, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None


FOUNDING = (c.CreateContact, c.LinkBooking)
"""Wishes that make a contact."""

HEARD_WHILE_DELETED = (
    c.DeleteContact,
    c.RestoreContact,
    c.EraseContact,
    c.RescheduleBooking,
    c.CancelBooking,
    c.MarkNoShow,
    c.ClearNoShow,
    c.WithdrawOptin,
)
"""What happens to meetings goes on while a contact is hidden, and nobody is held to a consent."""

DECISIONS: dict[type[Command], Callable[[Contact, Any], Iterator[Event]]] = {
    c.CreateContact: Contact.create,
    c.UpdateContact: Contact.update,
    c.LinkBooking: Contact.link,
    c.RescheduleBooking: Contact.reschedule,
    c.CancelBooking: Contact.cancel,
    c.MarkNoShow: Contact.mark_no_show,
    c.ClearNoShow: Contact.clear_no_show,
    c.SubmitForm: Contact.submit_form,
    c.RequestOptin: Contact.request_optin,
    c.ConfirmOptin: Contact.confirm_optin,
    c.WithdrawOptin: Contact.withdraw_optin,
    c.DeleteContact: Contact.delete,
    c.RestoreContact: Contact.restore,
    c.EraseContact: Contact.erase,
}
