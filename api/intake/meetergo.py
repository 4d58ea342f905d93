"""meetergo's webhooks: unsigned, in two generations of bodies."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from pydantic import AliasChoices, Field, JsonValue

from api.fields import checked_data
from api.intake.payload import (
    Answers,
    CamelPayload,
    Email,
    Id,
    Label,
    Link,
    OptionalId,
    Said,
    Text,
    keyed,
    read,
)
from api.intake.source import NotUnderstood, Understood
from api.intake.statement import Booked, Person, addresses, details, linked, matching
from api.moments import Moment
from domain.application.requests import Holding, Step
from domain.contact.commands import CancelBooking, EnrichContact, Meeting, SubmitForm
from domain.contact.events import FormerPlace, Host

name = "meetergo"
signed = False


class Somebody(CamelPayload):
    """Who they are, in any of meetergo's spellings."""

    email: Email = None
    phone: Text = Field(None, validation_alias=AliasChoices("phone", "phoneNumber"))
    first_name: Text = Field(None, validation_alias=AliasChoices("firstname", "firstName"))
    last_name: Text = Field(None, validation_alias=AliasChoices("lastname", "lastName"))
    full_name: Text = Field(None, validation_alias=AliasChoices("fullname", "fullName", "name"))
    language: Text = None


class Cancel(CamelPayload):
    """Why and when a meeting was called off."""

    reason: Label = None
    action_at: Said = None


class Attendee(Somebody):
    """Somebody who was booked in."""

    id: OptionalId = None
    timezone: Text = None
    notes: Answers = Field(default_factory=dict)
    is_cancelled: bool | None = None
    cancel: Cancel | None = None


class HostFields(CamelPayload):
    """Who holds the meeting."""

    id: OptionalId = None
    email: Text = None
    full_name: Text = None


class Named(CamelPayload):
    """Something with an id and a name."""

    id: OptionalId = None
    name: Label = None


class MeetingType(Named):
    """What kind of meeting it is."""

    meeting_info: Named | None = None


class MeetingInfo(CamelPayload):
    """Where it takes place."""

    channel: Text = None
    meeting_link: Link = None


class Happening(CamelPayload):
    """What every delivery about a booking says."""

    id: Id
    is_cancelled: bool | None = None
    cancel: Cancel | None = None
    attendees: list[Attendee] = Field(default_factory=list)
    rescheduled_at: Said = None
    created_at: Said = None
    updated_at: Said = None


class Booking(Happening):
    """A booking as a whole."""

    start: Moment
    end: Moment
    meeting_info: MeetingInfo | None = None
    hosts: list[HostFields] = Field(default_factory=list)
    meeting_type: MeetingType | None = None
    meeting_type_id: OptionalId = None
    rescheduled_from_id: OptionalId = None


class Form(Somebody):
    """A filled-in form, in the shapes that are plausible: meetergo does not publish its own."""

    id: Id = Field(validation_alias=AliasChoices("id", "submissionId"))
    form_id: OptionalId = None
    form_name: Text = None
    form: Named | None = None
    answers: Answers = Field(validation_alias=AliasChoices("answers", "fields", "data"))
    contact: Somebody | None = Field(None, validation_alias=AliasChoices("contact", "attendee"))
    submitted_at: Moment = Field(validation_alias=AliasChoices("submittedAt", "createdAt"))


def verify(secret: str | None, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Accept: meetergo signs nothing, the secret is in the URL."""


def scrubbed(body: bytes) -> bytes:
    """Remove the secret by which a booking can be changed at meetergo."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(payload, dict):
        return body
    for part in (payload, payload.get("data")):
        if isinstance(part, dict):
            part.pop("secret", None)
    return json.dumps(payload).encode()


def understand(payload: JsonValue, region: str) -> Understood:
    """Say what a body of either generation asks for; raises NotUnderstood."""
    if not isinstance(payload, dict):
        raise NotUnderstood("the body must be an object")
    flat = "webhookType" in payload
    kind = payload["webhookType"] if flat else payload.get("event")
    take = TYPES.get(kind) if isinstance(kind, str) else None
    if take is None:
        raise NotUnderstood(f"{'webhookType' if flat else 'event'} is none that is known")
    return take(payload if flat else payload.get("data"), region)


def booked(body: JsonValue, region: str) -> Understood:
    """Ask for a place for each attendee."""
    booking = read(Booking, body)
    said_at = booking.updated_at or booking.created_at
    return linked(Booked(name, meeting(booking), people(booking), said_at), region)


def rescheduled(body: JsonValue, region: str) -> Understood:
    """Ask for the places under their new times, and maybe under a new name of the meeting."""
    booking = read(Booking, body)
    return linked(
        Booked(
            name,
            meeting(booking),
            people(booking),
            booking.rescheduled_at or booking.updated_at or booking.created_at,
            FormerPlace(appointment_id=booking.rescheduled_from_id or booking.id),
        ),
        region,
    )


def cancelled(body: JsonValue, region: str) -> Understood:
    """Call the meeting off, or the places of those who left."""
    happening = read(Happening, body)
    cancel = happening.cancel or Cancel()
    said_at = cancel.action_at or happening.updated_at
    steps = tuple(
        Step(
            Holding(happening.id, attendee_id, even_formerly=True),
            CancelBooking(happening.id, attendee_id, cancel.reason, said_at),
        )
        for attendee_id in leaving(happening)
    )
    return Understood(steps, (happening.id,), addresses(people(happening), region), said_at)


def leaving(happening: Happening) -> list[str | None]:
    """Return whose places are called off; None stands for the whole meeting."""
    left = [one for one in happening.attendees if one.is_cancelled or one.cancel is not None]
    if left and not happening.is_cancelled:
        return [one.id for one in left]
    if happening.is_cancelled is not False or happening.cancel is not None:
        return [None]
    if len(happening.attendees) != 1:
        raise NotUnderstood("attendees: it is not said which of them cancelled")
    return [happening.attendees[0].id]


def submitted(body: JsonValue, region: str) -> Understood:
    """Make or enrich who filled in the form, and keep it."""
    form = read(Form, body)
    who = person(form.contact or form)
    known = details(who, region)
    if known.email is None and known.phone_key is None:
        raise NotUnderstood("the form has neither an email nor a valid phone number")
    about = form.form or Named()
    submission = SubmitForm(
        form.id,
        form.submitted_at,
        form_answers(form),
        form.form_id or about.id,
        form.form_name or about.name,
    )
    target = matching(known)
    steps = (Step(target, EnrichContact(known, name)), Step(target, submission))
    return Understood(steps, (), addresses((who,), region), form.submitted_at)


def form_answers(form: Form) -> dict[str, JsonValue]:
    """Return all answers; a form is kept as a whole or not at all."""
    try:
        return checked_data(keyed(form.answers))
    except ValueError as error:
        raise NotUnderstood(f"answers {error}") from None


def ignored(_: JsonValue, __: str) -> Understood:
    """Ask for nothing: it is about no contact."""
    return Understood()


def people(happening: Happening) -> tuple[Person, ...]:
    """Return the attendees."""
    return tuple(
        person(one)._replace(attendee_id=one.id, timezone=one.timezone, answers=one.notes)
        for one in happening.attendees
    )


def person(one: Somebody) -> Person:
    """Return somebody as the service knows people."""
    return Person(
        email=one.email,
        phone=one.phone,
        first_name=one.first_name,
        last_name=one.last_name,
        full_name=one.full_name,
        language=one.language,
    )


def meeting(booking: Booking) -> Meeting:
    """Return the meeting as the write side understands it."""
    kind = booking.meeting_type or MeetingType()
    info = booking.meeting_info or MeetingInfo()
    hosts = (host for host in booking.hosts if host.id is not None)
    return Meeting(
        appointment_id=booking.id,
        start=booking.start,
        end=booking.end,
        meeting_type_id=kind.id or booking.meeting_type_id,
        meeting_type_name=kind.name or (kind.meeting_info or Named()).name,
        hosts=tuple(Host(id=str(host.id), email=host.email, name=host.full_name) for host in hosts),
        channel=info.channel,
        meeting_link=info.meeting_link,
    )


TYPES: dict[str, Callable[[JsonValue, str], Understood]] = {
    "booking_created": booked,
    "booking_rescheduled": rescheduled,
    "booking_cancelled": cancelled,
    "form_submission": submitted,
    "new_employee": ignored,
}
