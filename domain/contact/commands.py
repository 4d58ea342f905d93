"""What somebody may wish for a contact; whom a wish is sent to is said elsewhere."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from domain.contact.events import Details, FormerPlace, Host
from domain.kernel import Command


@dataclass(frozen=True, slots=True)
class CreateContact(Command):
    """Make a contact; sent to one that exists, it updates it if that is asked for.

    `tags` then replaces the caller's own, and `more_tags` is added to them.
    """

    details: Details
    tags: tuple[str, ...] = ()
    source: str = "api"
    update_existing: bool = False
    more_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnrichContact(Command):
    """Make a contact, or fill what the one that exists lacks; nothing is overwritten."""

    details: Details
    source: str


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
    used if the place is new. `moved_from` is what the place was called before the meeting was
    moved: a contact that knows it under that name moves it. `said_at` is when the scheduler said
    so; of two statements that contradict, the later holds, and without it the one that comes last.
    """

    meeting: Meeting
    details: Details
    new_attendee_id: str
    attendee_id: str | None = None
    source: str = "booking"
    moved_from: FormerPlace | None = None
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RescheduleBooking(Command):
    """Move a meeting that is known; `attendee_id` None means every place that a contact has in it.

    It holds as it arrives. A source that describes the whole meeting sends LinkBooking.
    """

    appointment_id: str
    start: datetime
    end: datetime
    attendee_id: str | None = None
    new_appointment_id: str | None = None


@dataclass(frozen=True, slots=True)
class CancelBooking(Command):
    """Call a meeting off, or one place in it; `said_at` is when the scheduler said so."""

    appointment_id: str
    attendee_id: str | None = None
    reason: str | None = None
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MarkNoShow(Command):
    """Note that the contact did not come; `said_at` is when the scheduler said so."""

    appointment_id: str
    attendee_id: str | None = None
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClearNoShow(Command):
    """Take the no-show mark away; `said_at` is when the scheduler said so."""

    appointment_id: str
    attendee_id: str | None = None
    said_at: datetime | None = None


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
    """The contact agrees to the wording, for the address that the request was sent to."""

    email: str
    wording_digest: str
    confirmed_at: datetime
    ip_address: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True, slots=True)
class WithdrawOptin(Command):
    """Take the consent, or an open request for it, back; with `email`, only that for this one."""

    withdrawn_at: datetime
    reason: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class DeleteContact(Command):
    """Hide the contact; its address becomes free."""


@dataclass(frozen=True, slots=True)
class RestoreContact(Command):
    """Show a deleted contact again."""


@dataclass(frozen=True, slots=True)
class EraseContact(Command):
    """Destroy the contact's personal data; `reason` is subject_request, retention or mistake.

    `only_if_deleted` spares a contact that somebody has restored meanwhile.
    """

    reason: str
    only_if_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Provided(Command):
    """Wish for `command`, provided that the contact is at one of these versions."""

    versions: frozenset[int]
    command: Command
