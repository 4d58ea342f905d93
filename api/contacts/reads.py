"""Finding and showing contacts over HTTP; reads bypass the write side."""

import math
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.answers import BUSY, NOT_THERE, NOT_YET, refused, sent
from api.contacts import rendering
from api.contacts.examples import ANNA, DISCOVERY_CALL
from api.contacts.items import ContactDetails, ContactList
from api.contacts.paging import asked, links, next_cursor
from api.contacts.schemas import ListQuery
from api.dependencies import Caller, ContactId, calling, guarded
from api.fields import Id
from api.history import past
from api.history.instants import resolve
from api.history.points import AsOf
from api.keys.keyring import Scope
from api.problems import FieldError, not_shown
from projections import details as all_of
from projections.appointments import queries as appointments
from projections.contacts.search import search
from projections.details import Details

router = APIRouter(tags=["contacts"], route_class=guarded(Scope.READ))
one_router = APIRouter(tags=["contacts"], route_class=guarded(Scope.READ, past=Scope.AUDIT))

QUERY_ID = Query(alias="contactId", description="The contact's id.", examples=[ANNA["id"]])
QUERY_ATTENDEE = Query(
    alias="attendeeId",
    description="The attendee id of one of its bookings, or Calendly's URI of the invitee.",
    examples=[DISCOVERY_CALL["attendeeId"]],
)
NO_LIMIT = FieldError("limit", "Input should be greater than or equal to 1")
NEITHER = FieldError("contactId", "give either contactId or attendeeId")
NO_ID = FieldError("contactId", "Input should be a valid UUID")
IN_FUTURE = FieldError("asOf", "must not lie in the future")


@router.get(
    "/crm",
    response_model=ContactList,
    response_description="A page of contacts.",
    responses={**sent(200, "Link"), **refused(NO_LIMIT)},
)
async def list_contacts(query: Annotated[ListQuery, Query()], request: Request) -> Response:
    """Search and list contacts.

    Without parameters, the newest contacts. Page by `page`, or without end by `cursor`.
    """
    caller = calling(request)
    sealer, company_id = caller.service.sealer, caller.company_id
    this = asked(query, sealer, company_id)
    async with caller.service.reading() as connection:
        page = await search(connection, company_id, this.filter, this.order, this.slice)
        ids = [row.contact_id for row in page.rows]
        places = await appointments.of_contacts(connection, company_id, ids)
    cursor = next_cursor(this, page, sealer, company_id)
    content = {
        "result": [
            rendering.hybrid(rendering.contact(row, row.contact_id), places.get(row.contact_id, []))
            for row in page.rows
        ],
        "page": this.query.page,
        "limit": this.limit,
        "total": page.total,
        "totalPages": math.ceil(page.total / this.limit),
        "nextCursor": cursor,
    }
    return rendering.answer(content, headers=links(this, cursor))


@one_router.get(
    "/crm/details",
    response_model=ContactDetails,
    response_description="The contact with everything that belongs to it.",
    responses={**sent(200, "ETag"), **refused(NEITHER, *NOT_THERE, NOT_YET, BUSY)},
)
async def get_contact_details(
    request: Request,
    contact_id: Annotated[UUID | None, QUERY_ID] = None,
    attendee_id: Annotated[Id | None, QUERY_ATTENDEE] = None,
    as_of: AsOf = None,
) -> Response:
    """Find a contact by its id, or by the attendee id of one of its bookings.

    Give either `contactId` or `attendeeId`. A contact that a booking made is found as soon as the
    booking was answered. With `asOf` it is shown as it was; that needs the scope `audit` instead.
    """
    caller = calling(request)
    if attendee_id is None and contact_id is not None:
        return await details(caller, contact_id, as_of)
    if attendee_id is None or contact_id is not None:
        raise NEITHER
    async with caller.service.reading() as connection:
        if as_of is None:
            return shown(await all_of.by_attendee(connection, caller.company_id, attendee_id))
        contact_id = await appointments.contact_of(connection, caller.company_id, attendee_id)
    if contact_id is None:
        raise not_shown(None)
    return await details(caller, contact_id, as_of)


@one_router.get(
    "/crm/{contactId}",
    response_model=ContactDetails,
    response_description="The contact with everything that belongs to it.",
    responses={**sent(200, "ETag"), **refused(NO_ID, IN_FUTURE, *NOT_THERE, NOT_YET, BUSY)},
)
async def get_contact(contact_id: ContactId, request: Request, as_of: AsOf = None) -> Response:
    """Get a contact with its appointments and form submissions.

    With `asOf` it is shown as it was, deleted since or not; that needs the scope `audit` instead.
    """
    return await details(calling(request), contact_id, as_of)


async def details(caller: Caller, contact_id: UUID, as_of: str | None) -> Response:
    """Show everything about one contact, as it is or as it was."""
    company_id = caller.company_id
    if as_of is None:
        async with caller.service.reading() as connection:
            return shown(await all_of.by_id(connection, company_id, contact_id))

    def replay(connection: Any) -> tuple[dict[str, Any], int]:  # noqa: ANN401  # the desk's
        point = resolve(connection, company_id, as_of, "asOf")
        return past.details_at(connection, company_id, contact_id, point)

    content, version = await caller.service.history.run(replay)
    return rendering.answer(content, version=version)


def shown(found: Details | None) -> Response:
    """Answer with the contact, or say why it is not shown."""
    if found is None or found.contact.status != "live":
        raise not_shown(None if found is None else found.contact.status)
    row = found.contact
    item = rendering.contact(row, row.contact_id)
    content = rendering.details(item, found.places, found.submissions)
    return rendering.answer(content, version=row.version)
