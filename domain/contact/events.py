"""All that can have happened to a contact, in the shapes in which it is stored."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from domain.kernel import Event

DERIVED_TAGS = frozenset({"Recurring", "Optin"})
"""Tags that follow from the history. Only projections set them; in a write they are ignored."""


class Value(BaseModel):
    """A part of an event that has no identity of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Address(Value):
    """A postal address; `country` as typed."""

    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    city: str | None = None
    zip: str | None = None
    country: str | None = None


class Host(Value):
    """Somebody who holds a meeting, as the scheduler names them."""

    id: str
    email: str | None = None
    name: str | None = None


class FormerPlace(Value):
    """What a place was called before its meeting was moved; not every scheduler names the place."""

    appointment_id: str
    attendee_id: str | None = None


class Details(Value):
    """What is known of a person; only the fields that are set count.

    `phone_key` is the number in E.164 when it is valid, else None. It is stored with the number, so
    that a replay does not depend on the numbering plan of the day.
    """

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone_number: str | None = None
    phone_key: str | None = None
    notes: str | None = None
    crm_company_id: UUID | None = None
    account_owner_id: UUID | None = None
    address: Address | None = None
    language: str | None = None
    title: str | None = None
    employer: str | None = None
    seniority: str | None = None
    function: str | None = None
    location: str | None = None
    additional_data: dict[str, JsonValue] | None = None


class Created(Details, Event):
    """A contact came to be; `source` is from where first: api, booking, import, cli or a source."""

    TOPIC = "contact.created"

    tags: tuple[str, ...] = ()
    source: str = ""


class Updated(Details, Event):
    """Fields changed; a set field has its new value, None clears it.

    `additional_data` holds the changed keys only; None as a value removes a key.
    """

    TOPIC = "contact.updated"


class Tagged(Event):
    """The caller added tags."""

    TOPIC = "contact.tagged"

    tags: tuple[str, ...]


class Untagged(Event):
    """The caller took tags away."""

    TOPIC = "contact.untagged"

    tags: tuple[str, ...]


class BookingEvent(Event):
    """Something happened to this contact's place in a meeting.

    `appointment_id` is the scheduler's name of the meeting, `attendee_id` that of the place in it.
    `said_at` is when the scheduler said so, if it tells: of two that contradict, the later holds.
    """

    appointment_id: str
    attendee_id: str
    said_at: AwareDatetime | None = None


class BookingLinked(BookingEvent):
    """The contact booked a meeting, or was booked into one.

    `moved_from` is there when the meeting had been moved before anybody here heard of it.
    """

    TOPIC = "contact.booking_linked"

    start: AwareDatetime
    end: AwareDatetime
    timezone: str | None = None
    meeting_type_id: str | None = None
    meeting_type_name: str | None = None
    hosts: tuple[Host, ...] = ()
    channel: str | None = None
    meeting_link: str | None = None
    source: str = ""
    moved_from: FormerPlace | None = None


class BookingRescheduled(BookingEvent):
    """The meeting was moved; the new ids are there when the scheduler gave it other names.

    What the scheduler said anew of the meeting is there as well. `reinstates` tells that it had
    been called off before and takes place after all.
    """

    TOPIC = "contact.booking_rescheduled"

    start: AwareDatetime
    end: AwareDatetime
    new_appointment_id: str | None = None
    new_attendee_id: str | None = None
    timezone: str | None = None
    meeting_type_id: str | None = None
    meeting_type_name: str | None = None
    hosts: tuple[Host, ...] = ()
    channel: str | None = None
    meeting_link: str | None = None
    reinstates: bool = False


MEETING_FIELDS = (
    "timezone",
    "meeting_type_id",
    "meeting_type_name",
    "hosts",
    "channel",
    "meeting_link",
)
"""What is said of a meeting beside its times; in a move only what was said anew is set."""


class BookingCancelled(BookingEvent):
    """The meeting, or this contact's place in it, was called off."""

    TOPIC = "contact.booking_cancelled"

    reason: str | None = None


class NoShowMarked(BookingEvent):
    """The contact did not come."""

    TOPIC = "contact.no_show_marked"


class NoShowCleared(BookingEvent):
    """The contact did come after all, or the mark was a mistake."""

    TOPIC = "contact.no_show_cleared"


class FormSubmitted(Event):
    """The contact filled in a form; `submitted_at` is the scheduler's time."""

    TOPIC = "contact.form_submitted"

    submission_id: str
    form_id: str | None = None
    form_name: str | None = None
    answers: dict[str, JsonValue] = Field(default_factory=dict)
    submitted_at: AwareDatetime


class OptinRequested(Event):
    """The contact was asked to confirm; `wording` is what was shown."""

    TOPIC = "contact.optin_requested"

    email: str
    wording: str
    requested_at: AwareDatetime


class OptinConfirmed(Event):
    """The contact agreed; time, address and user agent are the proof of consent."""

    TOPIC = "contact.optin_confirmed"

    email: str
    confirmed_at: AwareDatetime
    ip_address: str | None = None
    user_agent: str | None = None


class OptinWithdrawn(Event):
    """The contact, or somebody for them, took the consent back, or the address changed.

    Nobody says when an address changed: `withdrawn_at` is missing, and it is when this is recorded.
    """

    TOPIC = "contact.optin_withdrawn"

    withdrawn_at: AwareDatetime | None = None
    reason: str | None = None


class Deleted(Event):
    """The contact was hidden; it can be restored."""

    TOPIC = "contact.deleted"


class Restored(Event):
    """A deleted contact is shown again."""

    TOPIC = "contact.restored"


ErasureReason = Annotated[str, Field(pattern=r"^(subject_request|retention|mistake)$")]


class Erased(Event):
    """The personal data was destroyed; nothing follows. The reason is a code, never free text."""

    TOPIC = "contact.erased"

    reason: ErasureReason
