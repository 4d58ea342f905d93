"""Cal.com's webhooks: signed, without ids of attendees, with a new uid after each move."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AliasChoices, Field, JsonValue

from api.intake.envelope import Kinds
from api.intake.payload import (
    Answers,
    CamelPayload,
    Email,
    Id,
    Label,
    Line,
    Link,
    OptionalId,
    Said,
    Text,
    address,
    read,
)
from api.intake.source import BadSignature, Understood
from api.intake.statement import Booked, Person, addresses, linked
from api.moments import Moment
from domain.application.requests import Holding, Step
from domain.contact.commands import CancelBooking, ClearNoShow, MarkNoShow, Meeting
from domain.contact.events import FormerPlace, Host
from domain.identity import MAX_LENGTH, email_key

name = "calcom"
signed = True

HEADER = "x-cal-signature-256"
PLACEHOLDER = "@sms.cal.com"
"""The domain of the addresses that Cal.com makes up for bookings by phone number."""

NO_ANSWERS = frozenset(
    {
        "name",
        "email",
        "attendeePhoneNumber",
        "smsReminderNumber",
        "location",
        "title",
        "guests",
        "rescheduleReason",
    }
)
"""Responses that are about the booking, or are taken for the contact's own fields."""

IGNORED = frozenset(
    {
        "PING",
        "BOOKING_PAYMENT_INITIATED",
        "BOOKING_PAID",
        "BOOKING_REQUESTED",
        "BOOKING_REJECTED",
        "MEETING_STARTED",
        "MEETING_ENDED",
        "RECORDING_READY",
        "RECORDING_TRANSCRIPTION_GENERATED",
        "INSTANT_MEETING",
        "OOO_CREATED",
        "FORM_SUBMITTED",
        "FORM_SUBMITTED_NO_EVENT",
        "AFTER_HOSTS_CAL_VIDEO_NO_SHOW",
        "AFTER_GUESTS_CAL_VIDEO_NO_SHOW",
    }
)
"""Triggers that a webhook may have, and that say nothing of a contact's bookings."""


class Language(CamelPayload):
    """The language of an attendee."""

    locale: Text = None


class Attendee(CamelPayload):
    """Somebody who was booked in, or what became of them."""

    email: Email = None
    name: Text = None
    first_name: Text = None
    last_name: Text = None
    phone_number: Text = None
    time_zone: Text = None
    language: Language | None = None


class Organizer(CamelPayload):
    """Who holds the meeting."""

    id: OptionalId = None
    email: Text = None
    name: Text = None


class Video(CamelPayload):
    """How to join it."""

    url: Link = Field(None, validation_alias=AliasChoices("url", "videoCallUrl"))


class Happening(CamelPayload):
    """What every delivery about a booking says."""

    uid: Id
    attendees: list[Attendee] = Field(default_factory=list)
    responses: Answers = Field(default_factory=dict)
    user_fields_responses: Answers = Field(default_factory=dict)
    seats_per_time_slot: int | None = None
    cancellation_reason: Label = None


class Booking(Happening):
    """A booking as a whole."""

    start_time: Moment
    end_time: Moment
    title: Label = None
    event_title: Label = None
    event_type_id: OptionalId = None
    organizer: Organizer | None = None
    location: Link = None
    metadata: Video | None = None
    video_call_data: Video | None = None
    reschedule_uid: OptionalId = None


class Presence(CamelPayload):
    """Whether somebody came."""

    email: Annotated[Line, AfterValidator(address)]
    no_show: bool


class NoShow(CamelPayload):
    """Who came and who did not; a state, which is said again with each change."""

    booking_uid: Id = Field(validation_alias=AliasChoices("bookingUid", "uid"))
    attendees: list[Presence] = Field(default_factory=list)


class Envelope(CamelPayload):
    """What is around every payload."""

    trigger_event: Line
    created_at: Said = None


def verify(secret: str | None, headers: Mapping[str, str], body: bytes, now: datetime) -> None:  # noqa: ARG001  # as the protocol has it
    """Compare with the body's HMAC, unless the source was added without a secret.

    Cal.com without a secret sends a fixed text, which equals no HMAC and is refused like any other.
    """
    if secret is None:
        return
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), headers.get(HEADER, "").encode()):
        raise BadSignature


def scrubbed(body: bytes) -> bytes:
    """Keep all: there are no secrets in it."""
    return body


def understand(payload: JsonValue, region: str) -> Understood:
    """Say what a delivery asks for; raises NotUnderstood."""
    envelope = read(Envelope, payload)
    return KINDS.understand(envelope.trigger_event, envelope.created_at, payload, region)


def booked(body: JsonValue, said_at: datetime | None, region: str) -> Understood:
    """Ask for a place for each attendee."""
    booking = read(Booking, body, "payload")
    return linked(Booked(name, meeting(booking), people(booking), said_at), region)


def rescheduled(body: JsonValue, said_at: datetime | None, region: str) -> Understood:
    """Ask for the places under their new times and the new uid."""
    booking = read(Booking, body, "payload")
    former = FormerPlace(appointment_id=booking.reschedule_uid or booking.uid)
    return linked(Booked(name, meeting(booking), people(booking), said_at, former), region)


def cancelled(body: JsonValue, said_at: datetime | None, region: str) -> Understood:
    """Call the meeting off; of one with seats, a single attendee gave up their own."""
    happening = read(Happening, body, "payload")
    command = CancelBooking(happening.uid, reason=happening.cancellation_reason, said_at=said_at)
    who = seat_given_up(happening)
    step = Step(Holding(happening.uid, known_as=who, even_formerly=True), command)
    return Understood((step,), (happening.uid,), addresses(people(happening), region), said_at)


def seat_given_up(happening: Happening) -> str | None:
    """Return by what the attendee is known whose seat it was; None: the whole meeting is off."""
    if not happening.seats_per_time_slot or len(happening.attendees) != 1:
        return None
    email = happening.attendees[0].email
    return None if email is None else known_as(email)


def no_show(body: JsonValue, said_at: datetime | None, _: str) -> Understood:
    """Mark who did not come, and clear who did."""
    news = read(NoShow, body, "payload")
    uid = news.booking_uid
    steps = tuple(
        Step(
            Holding(uid, known_as=known_as(one.email), even_formerly=True),
            (MarkNoShow if one.no_show else ClearNoShow)(uid, said_at=said_at),
        )
        for one in news.attendees
    )
    known = tuple(dict.fromkeys(known_as(one.email) for one in news.attendees))
    return Understood(steps, (uid,), known, said_at)


def known_as(email: str) -> str:
    """Return what a person is known by; a made-up address stands for a number."""
    key = email_key(email)
    return "+" + key.removesuffix(PLACEHOLDER) if key.endswith(PLACEHOLDER) else key


def people(happening: Happening) -> tuple[Person, ...]:
    """Return the attendees; what was answered, and a number, is the booker's: the first one's."""
    booker, *guests = [person(attendee) for attendee in happening.attendees] or [Person()]
    phone = booker.phone or asked_phone(happening.responses)
    return (booker._replace(phone=phone, answers=answers(happening)), *guests)


def person(attendee: Attendee) -> Person:
    """Return an attendee as the service knows people."""
    email = attendee.email
    return Person(
        email=None if email is None or email.lower().endswith(PLACEHOLDER) else email,
        phone=attendee.phone_number,
        first_name=attendee.first_name,
        last_name=attendee.last_name,
        full_name=attendee.name,
        language=(attendee.language or Language()).locale,
        timezone=attendee.time_zone,
    )


def answers(happening: Happening) -> dict[str, JsonValue]:
    """Return what was asked and answered, by the text of the question."""
    said: dict[str, JsonValue] = {}
    for slug, response in {**happening.responses, **happening.user_fields_responses}.items():
        if slug in NO_ANSWERS:
            continue
        if isinstance(response, dict):
            said[str(response.get("label") or slug)] = response.get("value")
        else:
            said[slug] = response
    return said


def asked_phone(responses: dict[str, JsonValue]) -> str | None:
    """Return the number that the booker gave, if there is one."""
    for slug in ("attendeePhoneNumber", "smsReminderNumber"):
        response = responses.get(slug)
        number = response.get("value") if isinstance(response, dict) else response
        if isinstance(number, str) and 0 < len(number.strip()) <= MAX_LENGTH:
            return number
    return None


def meeting(booking: Booking) -> Meeting:
    """Return the meeting as the write side understands it."""
    kind, _, app = (booking.location or "").partition(":")
    return Meeting(
        appointment_id=booking.uid,
        start=booking.start_time,
        end=booking.end_time,
        meeting_type_id=booking.event_type_id,
        meeting_type_name=booking.event_title or booking.title,
        hosts=hosts(booking.organizer),
        channel=app if kind == "integrations" else None,
        meeting_link=link(booking),
    )


def hosts(organizer: Organizer | None) -> tuple[Host, ...]:
    """Return who holds the meeting."""
    if organizer is None or organizer.id is None:
        return ()
    return (Host(id=organizer.id, email=organizer.email, name=organizer.name),)


def link(booking: Booking) -> str | None:
    """Return how to join: a video call's address, else a location that is one."""
    for video in (booking.video_call_data, booking.metadata):
        if video is not None and video.url is not None:
            return video.url
    location = booking.location or ""
    return location if location.startswith(("http://", "https://")) else None


KINDS = Kinds(
    "triggerEvent",
    {
        "BOOKING_CREATED": booked,
        "BOOKING_RESCHEDULED": rescheduled,
        "BOOKING_CANCELLED": cancelled,
        "BOOKING_NO_SHOW_UPDATED": no_show,
    },
    IGNORED,
)
