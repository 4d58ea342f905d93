"""Taking bookings over HTTP: each attendee is found or made, and linked."""

from fastapi import APIRouter, Request, Response
from uuid_utils.compat import uuid7

from api.answers import NOT_WRITTEN, refused
from api.bookings.schemas import AttendeeFields, BookedContacts, BookingFields
from api.contacts import rendering, wishes
from api.contacts.writes import rendered
from api.dependencies import Caller, calling, guarded
from api.keys.keyring import Scope
from api.problems import FieldError
from domain.application.requests import Matching, Place, Step
from domain.contact.commands import LinkBooking, Meeting
from domain.contact.events import Host

router = APIRouter(tags=["bookings"], route_class=guarded(Scope.WRITE))


NO_ADDRESS = FieldError("attendees.0", "needs an email or a phoneNumber")


@router.post(
    "/crm/bookings",
    status_code=201,
    response_model=BookedContacts,
    response_description="The contacts of the attendees, in their order.",
    responses=refused(NO_ADDRESS, *NOT_WRITTEN),
)
async def create_booking(body: BookingFields, request: Request) -> Response:
    """Link a meeting to the contact of each attendee.

    A contact is found by the attendee's e-mail address, else by the phone number, and made where
    there is none. Only fields that a contact lacks are filled. The same booking and attendee again
    change nothing.
    """
    caller = calling(request)
    steps = [link(caller, body, attendee) for attendee in body.attendees]
    done = await caller.service.writer.submit(wishes.request(caller, *steps, source="booking"))
    result = [rendering.hybrid(*rendered(change)) for change in done.changes]
    return rendering.answer({"result": result}, 201)


def link(caller: Caller, body: BookingFields, attendee: AttendeeFields) -> Step:
    """Ask for one attendee's place."""
    known = wishes.details(attendee, caller.region)
    command = LinkBooking(
        meeting(body),
        known,
        new_attendee_id=str(uuid7()),
        attendee_id=attendee.id,
        source="booking",
    )
    place = None if attendee.id is None else Place(body.id, attendee.id)
    return Step(Matching(wishes.claim(known), known.phone_key, place), command)


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
