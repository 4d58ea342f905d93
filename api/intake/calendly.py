"""Calendly's webhooks: signed with a time, everything named by URIs that change with each move."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, JsonValue

from api.fields import MAX_ID
from api.intake.envelope import Kinds
from api.intake.payload import (
    Answers,
    Email,
    Label,
    Line,
    Link,
    Payload,
    Said,
    Text,
    read,
    readable,
)
from api.intake.source import BadSignature, NotUnderstood, Understood
from api.intake.statement import Booked, Person, addresses, linked
from api.moments import Moment
from domain.application.requests import Holding, Place, Step
from domain.contact.commands import CancelBooking, ClearNoShow, MarkNoShow, Meeting
from domain.contact.events import FormerPlace, Host

name = "calendly"
signed = True

HEADER = "calendly-webhook-signature"
MAX_AGE = timedelta(minutes=3)
DIGITS = 12
"""Seconds since 1970 have no more."""

IGNORED = frozenset(
    {
        "routing_form_submission.created",
        "event_type.created",
        "event_type.updated",
        "event_type.deleted",
    }
)
"""Events that say nothing of a contact's bookings."""


def ending(uri: str) -> str:
    """Return the last segment of a URI's path, which is the id of what it names."""
    try:
        last = urlsplit(uri).path.rstrip("/").rpartition("/")[2]
    except ValueError:
        last = ""
    if not 0 < len(last) <= MAX_ID:
        raise ValueError("is no URI of Calendly's")
    return last


Uri = Annotated[str, Field(max_length=2_000), AfterValidator(readable)]
UriId = Annotated[Uri, AfterValidator(ending)]


class Location(Payload):
    """Where the meeting takes place."""

    type: Text = None
    join_url: Link = None


class Membership(Payload):
    """Who holds the meeting."""

    user: UriId
    user_email: Text = None
    user_name: Text = None


class ScheduledEvent(Payload):
    """The meeting."""

    uri: UriId
    name: Label = None
    start_time: Moment
    end_time: Moment
    event_type: UriId | None = None
    location: Location | None = None
    event_memberships: list[Membership] = Field(default_factory=list)


class Cancellation(Payload):
    """Why it was called off."""

    reason: Label = None


class Invitee(Payload):
    """Somebody's place in a meeting."""

    uri: UriId
    email: Email = None
    name: Text = None
    first_name: Text = None
    last_name: Text = None
    timezone: Text = None
    text_reminder_number: Text = None
    questions_and_answers: Answers = Field(default_factory=dict)
    old_invitee: Uri | None = None
    scheduled_event: ScheduledEvent


class Named(Payload):
    """A URI."""

    uri: UriId


class Cancelled(Payload):
    """Somebody's place in a meeting, of which only the names are needed."""

    uri: UriId
    email: Email = None
    text_reminder_number: Text = None
    rescheduled: bool | None = None
    cancellation: Cancellation | None = None
    scheduled_event: Named


class NoShow(Payload):
    """A mark, or the invitee who has it; which of the two, only its URIs tell."""

    uri: Uri | None = None
    invitee: Uri | None = None
    email: Email = None


class Envelope(Payload):
    """What is around every payload."""

    event: Line
    created_at: Said = None


def verify(secret: str | None, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Compare with the HMAC of time and body; what was signed long ago may be a replay."""
    parts = [part.strip().partition("=") for part in headers.get(HEADER, "").split(",")]
    sent = [value for key, _, value in parts if key == "v1"]
    at = next((value for key, _, value in parts if key == "t"), "")
    if secret is None or not is_fresh(at, now):
        raise BadSignature
    expected = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in sent):
        raise BadSignature


def is_fresh(at: str, now: datetime) -> bool:
    """Tell whether these seconds since 1970 lie close to now, on either side."""
    if not (at.isascii() and at.isdigit() and len(at) <= DIGITS):
        return False
    return abs(now.timestamp() - int(at)) <= MAX_AGE.total_seconds()


def scrubbed(body: bytes) -> bytes:
    """Keep all: there are no secrets in it."""
    return body


def understand(payload: JsonValue, region: str) -> Understood:
    """Say what a delivery asks for; raises NotUnderstood."""
    envelope = read(Envelope, payload)
    return KINDS.understand(envelope.event, envelope.created_at, payload, region)


def booked(body: JsonValue, said_at: datetime | None, region: str) -> Understood:
    """Ask for the place; with an old invitee it is one that was moved."""
    invitee = read(Invitee, body, "payload")
    old = invitee.old_invitee
    former = None if old is None else former_place(old)
    return linked(Booked(name, meeting(invitee), (person(invitee),), said_at, former), region)


def former_place(uri: str) -> FormerPlace:
    """Return the place that an old invitee's URI names: it holds the old meeting's id too."""
    place = place_of(uri)
    if place is None:
        raise NotUnderstood("payload.old_invitee is no URI of an invitee")
    return FormerPlace(appointment_id=place.appointment_id, attendee_id=place.attendee_id)


def cancelled(body: JsonValue, said_at: datetime | None, region: str) -> Understood:
    """Call the place off, unless it was moved: that is said by the new place's own delivery."""
    gone = read(Cancelled, body, "payload")
    appointment_id, attendee_id = gone.scheduled_event.uri, gone.uri
    reason = None if gone.cancellation is None else gone.cancellation.reason
    command = CancelBooking(appointment_id, attendee_id, reason, said_at)
    step = Step(Holding(appointment_id, attendee_id, even_formerly=True), command)
    who = Person(email=gone.email, phone=gone.text_reminder_number)
    steps = () if gone.rescheduled else (step,)
    return Understood(steps, (appointment_id,), addresses((who,), region), said_at)


def marked(body: JsonValue, said_at: datetime | None, region: str) -> Understood:
    """Note that somebody did not come."""
    return presence(MarkNoShow, body, said_at, region)


def cleared(body: JsonValue, said_at: datetime | None, region: str) -> Understood:
    """Take the note back."""
    return presence(ClearNoShow, body, said_at, region)


def presence(
    wish: type[MarkNoShow | ClearNoShow], body: JsonValue, said_at: datetime | None, region: str
) -> Understood:
    """Send the wish to whoever has the place that one of the URIs names."""
    news = read(NoShow, body, "payload")
    uris = [uri for uri in (news.uri, news.invitee) if uri is not None]
    place = next((found for uri in uris if (found := place_of(uri)) is not None), None)
    if place is None:
        raise NotUnderstood("payload: neither uri nor invitee is a URI of an invitee")
    meeting_id, attendee_id = place.appointment_id, place.attendee_id
    command = wish(meeting_id, attendee_id, said_at)
    steps = (Step(Holding(meeting_id, attendee_id, even_formerly=True), command),)
    return Understood(steps, (meeting_id,), addresses((Person(email=news.email),), region), said_at)


def place_of(uri: str) -> Place | None:
    """Return the place that an invitee's URI names; None: it is not an invitee's."""
    try:
        segments = urlsplit(uri).path.strip("/").split("/")
    except ValueError:
        return None
    match segments:
        case [*_, "scheduled_events", meeting_id, "invitees", invitee_id] if (
            max(len(meeting_id), len(invitee_id)) <= MAX_ID and meeting_id and invitee_id
        ):
            return Place(meeting_id, invitee_id)
    return None


def person(invitee: Invitee) -> Person:
    """Return the invitee as the service knows people."""
    return Person(
        email=invitee.email,
        phone=invitee.text_reminder_number,
        first_name=invitee.first_name,
        last_name=invitee.last_name,
        full_name=invitee.name,
        attendee_id=invitee.uri,
        timezone=invitee.timezone,
        answers=invitee.questions_and_answers,
    )


def meeting(invitee: Invitee) -> Meeting:
    """Return the meeting as the write side understands it."""
    event = invitee.scheduled_event
    where = event.location or Location()
    hosts = event.event_memberships
    return Meeting(
        appointment_id=event.uri,
        start=event.start_time,
        end=event.end_time,
        meeting_type_id=event.event_type,
        meeting_type_name=event.name,
        hosts=tuple(Host(id=one.user, email=one.user_email, name=one.user_name) for one in hosts),
        channel=None if where.type is None else where.type.removesuffix("_conference"),
        meeting_link=where.join_url,
    )


KINDS = Kinds(
    "event",
    {
        "invitee.created": booked,
        "invitee.canceled": cancelled,
        "invitee_no_show.created": marked,
        "invitee_no_show.deleted": cleared,
    },
    IGNORED,
)
