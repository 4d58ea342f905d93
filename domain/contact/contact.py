"""The rules of a contact: `handle` decides what a wish causes."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from domain import errors
from domain.contact import commands as c
from domain.contact import events as e
from domain.contact.memory import merged, set_fields
from domain.contact.places import Places
from domain.identity import email_key
from domain.kernel import Command, Event

MAX_TAGS = 100
MAX_ADDITIONAL_DATA_BYTES = 65_536


class Contact(Places):
    """One person who schedules meetings: decides, given what is remembered."""

    def handle(self, command: Command) -> Iterator[Event]:
        """Decide which events the command causes, or raise a DomainError."""
        if isinstance(command, c.Provided):
            return self._provided(command)
        if self.erased:
            raise errors.ContactErased
        if self.version == 0 and not isinstance(command, FOUNDING):
            raise errors.ContactNotFound
        if self.deleted and not isinstance(command, HEARD_WHILE_DELETED):
            raise errors.ContactDeleted
        return DECISIONS[type(command)](self, command)

    def _provided(self, command: c.Provided) -> Iterator[Event]:
        """Refuse what is based on another version; that a contact is not there comes first."""
        events = self.handle(command.command)
        if self.version not in command.versions:
            raise errors.ContactMovedOn
        return events

    def create(self, command: c.CreateContact) -> Iterator[Event]:
        """Make the contact, or update the one that has the address already."""
        if self.version == 0:
            tags = command.tags + command.more_tags
            yield self._created(command.details, tags, command.source)
        elif command.update_existing:
            tags = (command.tags or self.tags) + command.more_tags
            yield from self.update(c.UpdateContact(command.details, tags))
        else:
            raise errors.EmailTaken(self.id)

    def update(self, command: c.UpdateContact) -> Iterator[Event]:
        """Record what differs, and nothing else."""
        changes = self._changes(command.details)
        if changes:
            self._require_an_address({**self.fields, **changes})
            yield e.Updated(**changes)
            yield from self._end_consent_of_another_address()
        if command.tags is not None:
            yield from self._retag(own_tags(command.tags))

    def enrich(self, command: c.EnrichContact) -> Iterator[Event]:
        """Make the contact, or fill only what is missing."""
        if self.version == 0:
            yield self._created(command.details, (), command.source)
        elif missing := self._missing(command.details):
            yield e.Updated(**missing)

    def link(self, command: c.LinkBooking) -> Iterator[Event]:
        """Fill only what is missing, then take the place; the same word twice is nothing new."""
        if self.heard(command):
            return
        yield from self.enrich(c.EnrichContact(self._with_owner(command), command.source))
        yield from self.take(command)

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
            raise errors.NoEmailAddress
        yield e.OptinRequested(
            email=email, wording=command.wording, requested_at=command.requested_at
        )

    def confirm_optin(self, command: c.ConfirmOptin) -> Iterator[Event]:
        """Agree once to what was asked last, for the address that is still the contact's."""
        email = email_key(command.email)
        if command.wording_digest != self.optin_wording or email != self.own_email_key:
            raise errors.OptinNotRequested
        if self.optin_asked is None and self.optin == email:
            return
        if self.optin_asked != email:
            raise errors.OptinNotRequested
        yield e.OptinConfirmed(
            email=command.email,
            confirmed_at=command.confirmed_at,
            ip_address=command.ip_address,
            user_agent=command.user_agent,
        )

    def withdraw_optin(self, command: c.WithdrawOptin) -> Iterator[Event]:
        """Take back a consent or an open request; nobody speaks for another's address."""
        held = self.optin or self.optin_asked
        if held is None:
            return
        if command.email is not None and email_key(command.email) != held:
            raise errors.OptinNotRequested
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
        if command.only_if_deleted and not self.deleted:
            raise errors.ContactNotDeleted
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

    def _end_consent_of_another_address(self) -> Iterator[Event]:
        """End what was agreed or asked for an address that the contact has no more."""
        if {self.optin, self.optin_asked} - {None, self.own_email_key}:
            yield e.OptinWithdrawn(reason="address_changed")

    def _retag(self, wanted: tuple[str, ...]) -> Iterator[Event]:
        if added := tuple(tag for tag in wanted if tag not in self.tags):
            yield e.Tagged(tags=added)
        if gone := tuple(tag for tag in self.tags if tag not in wanted):
            yield e.Untagged(tags=gone)

    def _require_an_address(self, fields: dict[str, Any]) -> None:
        if fields.get("email") is None and fields.get("phone_number") is None:
            raise errors.NoAddress

    def _with_owner(self, command: c.LinkBooking) -> e.Details:
        """Make the first meeting's first host the owner, when the host's id is a UUID."""
        hosts = command.meeting.hosts
        owner = as_uuid(hosts[0].id) if hosts and not self.bookings else None
        if owner is None or command.details.account_owner_id is not None:
            return command.details
        return command.details.model_copy(update={"account_owner_id": owner})


def own_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Keep each tag once, in order, without those that only history gives."""
    own = tuple(dict.fromkeys(tag for tag in tags if tag not in e.DERIVED_TAGS))
    if len(own) > MAX_TAGS:
        raise errors.TooManyTags
    return own


def differs(old: object, new: object) -> bool:
    """Tell values apart as JSON does, where true is not 1 and keys have no order."""
    if old is new:
        return False
    if old is None or new is None:
        return True
    if type(old) is type(new) and isinstance(old, str | int):  # a bool is an int
        return old != new
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


FOUNDING = (c.CreateContact, c.EnrichContact, c.LinkBooking)
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
    c.EnrichContact: Contact.enrich,
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
