"""Taking bookings over HTTP, and what becomes of them: moved, called off, or missed."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.answers import NOT_WRITTEN, refused
from api.bookings.paths import BOOKING, AppointmentId
from api.bookings.schemas import (
    BookedContacts,
    BookingFields,
    CancelFields,
    NoShowFields,
    RescheduleFields,
)
from api.bookings.wishes import link
from api.contacts import rendering, wishes
from api.contacts.examples import DISCOVERY_CALL
from api.contacts.writes import rendered, rows_of
from api.dependencies import Caller, calling, guarded
from api.fields import Id
from api.keys.keyring import Scope
from api.problems import FieldError
from api.retries.answering import answer_of, with_receipt, written
from domain import errors
from domain.application.requests import Done, Holding, Step
from domain.contact.commands import CancelBooking, ClearNoShow, MarkNoShow, RescheduleBooking
from projections.inline import CONTACTS

router = APIRouter(tags=["bookings"], route_class=guarded(Scope.WRITE))

NO_ADDRESS = FieldError("attendees.0", "needs an email or a phoneNumber")
NO_OFFSET = FieldError("start", "must be a time with an offset, as 2026-12-01T09:00:00+01:00")
NO_ID = FieldError("appointmentId", "String should have at most 255 characters")
CONCERNED = "The contacts whom it concerns."
CANCELLED = errors.BookingCancelledAlready()
NOT_DONE = (errors.AppointmentNotFound(), *NOT_WRITTEN)

WHOLE = CancelFields()
NOBODY_NAMED = NoShowFields()

QUERY_ATTENDEE = Query(
    alias="attendeeId",
    description="Whom it concerns; needed when the meeting has several attendees.",
    examples=[DISCOVERY_CALL["attendeeId"]],
)


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

    def booked(done: Done) -> Response:
        # what follows them was done for webhooks that waited for this booking
        result = [rendering.hybrid(*rendered(change)) for change in done.changes[: len(steps)]]
        return rendering.answer({"result": result}, 201)

    wish = with_receipt(caller, wishes.request(caller, *steps, source="booking"), booked)
    return answer_of(await caller.service.intake.bring(wish, (body.id,)), booked)


@router.post(
    f"{BOOKING}/reschedule",
    response_model=BookedContacts,
    response_description=CONCERNED,
    responses=refused(NO_OFFSET, NO_ID, CANCELLED, *NOT_DONE),
)
async def reschedule_booking(
    appointment_id: AppointmentId, body: RescheduleFields, request: Request
) -> Response:
    """Move a meeting, or one attendee's place in it.

    Who cancelled does not move along. It stays the same booking, also under a new id; the same
    request again changes nothing.
    """
    caller, new_id = calling(request), body.new_appointment_id
    moved = RescheduleBooking(appointment_id, body.start, body.end, body.attendee_id, new_id)
    try:
        return await tell(caller, moved)
    except errors.AppointmentNotFound:
        if new_id is None:
            raise
    # the request comes again: the meeting has its new id already
    return await tell(caller, RescheduleBooking(new_id, body.start, body.end, body.attendee_id))


@router.post(
    f"{BOOKING}/cancel",
    response_model=BookedContacts,
    response_description=CONCERNED,
    responses=refused(NO_ID, *NOT_DONE),
)
async def cancel_booking(
    appointment_id: AppointmentId, request: Request, body: CancelFields = WHOLE
) -> Response:
    """Cancel a meeting, or one attendee's place in it.

    Without a body the whole meeting. The appointments stay, marked as cancelled; what is
    cancelled already stays as it is.
    """
    cancelled = CancelBooking(appointment_id, body.attendee_id, body.reason)
    return await tell(calling(request), cancelled)


@router.post(
    f"{BOOKING}/no-show",
    response_model=BookedContacts,
    response_description=CONCERNED,
    responses=refused(errors.AttendeeNotNamed(), NO_ID, CANCELLED, *NOT_DONE),
)
async def mark_no_show(
    appointment_id: AppointmentId, request: Request, body: NoShowFields = NOBODY_NAMED
) -> Response:
    """Note that an attendee did not come.

    Without a body the meeting's only attendee. Marked twice, it counts once.
    """
    return await tell(calling(request), MarkNoShow(appointment_id, body.attendee_id), alone=True)


@router.delete(
    f"{BOOKING}/no-show",
    response_model=BookedContacts,
    response_description=CONCERNED,
    responses=refused(errors.AttendeeNotNamed(), NO_ID, *NOT_DONE),
)
async def clear_no_show(
    appointment_id: AppointmentId,
    request: Request,
    attendee_id: Annotated[Id | None, QUERY_ATTENDEE] = None,
) -> Response:
    """Take the note back that an attendee did not come.

    Without `attendeeId` that of the meeting's only attendee.
    """
    return await tell(calling(request), ClearNoShow(appointment_id, attendee_id), alone=True)


async def tell(
    caller: Caller,
    command: RescheduleBooking | CancelBooking | MarkNoShow | ClearNoShow,
    *,
    alone: bool = False,
) -> Response:
    """Send a wish to whoever has the place that it speaks of, only to one if `alone`."""
    step = Step(Holding(command.appointment_id, command.attendee_id, alone), command)
    return await written(caller, wishes.request(caller, step, source="booking"), concerned)


def concerned(done: Done) -> Response:
    """Answer the contacts, the oldest first; a deleted one hears of its meetings, but is hidden."""
    changes = sorted(done.changes, key=lambda change: change.contact_id)
    live = [change for change in changes if rows_of(change).of(CONTACTS)[()].status == "live"]
    return rendering.answer({"result": [rendering.hybrid(*rendered(one)) for one in live]})
