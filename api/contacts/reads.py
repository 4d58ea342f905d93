"""Finding and showing contacts over HTTP; reads bypass the write side."""

import math
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from psycopg import AsyncConnection

from api.contacts import rendering
from api.contacts.paging import asked, links, next_cursor
from api.contacts.schemas import ContactDetails, ContactList, Id, ListQuery
from api.dependencies import ContactId, calling, guarded
from api.keys.keyring import Scope
from api.problems import FieldError, not_shown
from projections.appointments import queries as appointments
from projections.contacts import queries as contacts
from projections.contacts.search import search
from projections.submissions import queries as submissions

router = APIRouter(tags=["contacts"], route_class=guarded(Scope.READ))


@router.get("/crm", response_model=ContactList)
async def list_contacts(query: Annotated[ListQuery, Query()], request: Request) -> Response:
    """Search and list contacts."""
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


@router.get("/crm/details", response_model=ContactDetails)
async def get_contact_details(
    request: Request,
    contact_id: Annotated[UUID | None, Query(alias="contactId")] = None,
    attendee_id: Annotated[Id | None, Query(alias="attendeeId")] = None,
) -> Response:
    """Show a contact, found by its id or by the attendee id of one of its bookings."""
    caller = calling(request)
    if (contact_id is None) == (attendee_id is None):
        raise FieldError("contactId", "give either contactId or attendeeId")
    async with caller.service.reading() as connection:
        if attendee_id is not None:
            contact_id = await appointments.contact_of(connection, caller.company_id, attendee_id)
        return await details(connection, caller.company_id, contact_id)


@router.get("/crm/{contactId}", response_model=ContactDetails)
async def get_contact(contact_id: ContactId, request: Request) -> Response:
    """Show a contact with its appointments and form submissions."""
    caller = calling(request)
    async with caller.service.reading() as connection:
        return await details(connection, caller.company_id, contact_id)


async def details(
    connection: AsyncConnection[Any], company_id: UUID, contact_id: UUID | None
) -> Response:
    """Read everything about one contact in one network trip."""
    if contact_id is None:
        raise not_shown(None)
    async with connection.pipeline():
        contact = await contacts.ask_by_id(connection, company_id, contact_id)
        places = await appointments.ask_of(connection, company_id, contact_id)
        forms = await submissions.ask_of(connection, company_id, contact_id)
    row = await contact.fetchone()
    if row is None or row.status != "live":
        raise not_shown(None if row is None else row.status)
    item = rendering.contact(row, contact_id)
    content = rendering.with_appointments(item, await places.fetchall())
    content["formSubmissions"] = [rendering.submission(form) for form in await forms.fetchall()]
    return rendering.answer(content, version=row.version)
