"""Turns bookings as they are sent into what the write side understands."""

from uuid_utils.compat import uuid7

from api.bookings.schemas import AttendeeFields, BookingFields
from api.contacts.known import claim, details
from api.dependencies import Caller
from domain.application.requests import Matching, Place, Step
from domain.contact.commands import LinkBooking, Meeting
from domain.contact.events import Details, Host


def link(caller: Caller, body: BookingFields, attendee: AttendeeFields) -> Step:
    """Ask for one attendee's place."""
    known = details(attendee, caller.region)
    command = LinkBooking(
        meeting(body),
        known,
        new_attendee_id=str(uuid7()),
        attendee_id=attendee.id,
        source="booking",
    )
    target = Matching(claim(known), known.phone_key, place(body, attendee, known))
    return Step(target, command)


def place(body: BookingFields, attendee: AttendeeFields, known: Details) -> Place | None:
    """Return the place by which a booking that comes again is known, where no address tells."""
    if attendee.id is not None:
        return Place(body.id, attendee.id)
    if known.email is None and known.phone_key is None:
        return Place(body.id, phone_number=known.phone_number)
    return None


def meeting(body: BookingFields) -> Meeting:
    """Return the meeting as the write side understands it."""
    kind = body.meeting_type
    return Meeting(
        appointment_id=body.id,
        start=body.start,
        end=body.end,
        timezone=body.timezone,
        meeting_type_id=None if kind is None else kind.id,
        meeting_type_name=None if kind is None else kind.name,
        hosts=tuple(Host(id=host.id, email=host.email, name=host.name) for host in body.hosts),
        channel=body.channel,
        meeting_link=body.meeting_link,
    )
