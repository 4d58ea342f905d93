"""What somebody may wish for a contact; whom a wish is sent to is said elsewhere."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from domain.contact.events import Details, Host
from domain.kernel import Command


@dataclass(frozen=True, slots=True)
class CreateContact(Command):
    """Make a contact; sent to one that exists, it updates it if that is asked for."""

    details: Details
    tags: tuple[str, ...] = ()
    source: str = "api"
    update_existing: bool = False


@dataclass(frozen=True, slots=True)
class UpdateContact(Command):
    """Change the fields set in `details`; `tags` replaces the caller's own, None keeps them."""

    details: Details
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting as a scheduler describes it."""

    appointment_id: str
    start: datetime
    end: datetime
    timezone: str | None = None
    meeting_type_id: str | None = None
    meeting_type_name: str | None = None
    hosts: tuple[Host, ...] = ()
    channel: str | None = None
    meeting_link: str | None = None


@dataclass(frozen=True, slots=True)
class LinkBooking(Command):
    """Give the contact a place in a meeting, making the contact if there is none.

    `attendee_id` is the scheduler's name of the place; where it gives none, `new_attendee_id` is
    used if the place is new.
    """

    meeting: Meeting
    details: Details
    new_attendee_id: str
    attendee_id: str | None = None
    source: str = "booking"


@dataclass(frozen=True, slots=True)
class RescheduleBooking(Command):
    """Move a meeting; `attendee_id` None means every place that the contact has in it."""

    appointment_id: str
    start: datetime
    end: datetime
    attendee_id: str | None = None
    new_appointment_id: str | None = None


@dataclass(frozen=True, slots=True)
class CancelBooking(Command):
    """Call a meeting off, or one place in it."""

    appointment_id: str
    attendee_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class MarkNoShow(Command):
    """Note that the contact did not come."""

    appointment_id: str
    attendee_id: str | None = None


@dataclass(frozen=True, slots=True)
class ClearNoShow(Command):
    """Take the no-show mark away."""

    appointment_id: str
    attendee_id: str | None = None


@dataclass(frozen=True, slots=True)
class SubmitForm(Command):
    """Keep a filled-in form; the same submission twice counts once."""

    submission_id: str
    submitted_at: datetime
    answers: dict[str, JsonValue]
    form_id: str | None = None
    form_name: str | None = None


@dataclass(frozen=True, slots=True)
class RequestOptin(Command):
    """Ask the contact to confirm the opt-in; `wording` is what they are shown."""

    wording: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class ConfirmOptin(Command):
    """The contact agrees, for the address that the request was sent to."""

    email: str
    confirmed_at: datetime
    ip_address: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True, slots=True)
class WithdrawOptin(Command):
    """Take the consent, or an open request for it, back."""

    withdrawn_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DeleteContact(Command):
    """Hide the contact; its address becomes free."""


@dataclass(frozen=True, slots=True)
class RestoreContact(Command):
    """Show a deleted contact again."""


@dataclass(frozen=True, slots=True)
class EraseContact(Command):
    """Destroy the contact's personal data; `reason` is subject_request, retention or mistake."""

    reason: str
