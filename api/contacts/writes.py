"""Creating, changing, deleting and restoring contacts over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.contacts import rendering, wishes
from api.contacts.schemas import ContactFields, ContactRowAnswer, CreatedContact
from api.dependencies import ContactId, calling, guarded
from api.keys.keyring import Scope
from domain.application.requests import Change
from domain.contact.commands import DeleteContact, RestoreContact
from projections.inline import APPOINTMENTS, CONTACTS, ContactRows

router = APIRouter(tags=["contacts"], route_class=guarded(Scope.WRITE))

UpdateExisting = Annotated[
    bool,
    Query(
        alias="updateExisting",
        description="Update the contact that has the address instead of answering 409.",
    ),
]


@router.post("/crm", status_code=201, response_model=CreatedContact)
async def create_contact(
    body: ContactFields,
    request: Request,
    update_existing: UpdateExisting = False,  # noqa: FBT002  # a query parameter
) -> Response:
    """Create a contact."""
    caller = calling(request)
    known = wishes.details(body, caller.region)
    wish = wishes.create(caller, known, body.tags, update_existing=update_existing)
    change = (await caller.service.writer.submit(wish)).changes[0]
    item, appointments = rendered(change)
    content = rendering.with_appointments(item, appointments)
    status = 201 if change.created else 200
    headers = {"Location": f"/crm/{change.contact_id}"}
    return rendering.answer(content, status, version=change.version, headers=headers)


@router.patch("/crm/{contactId}", response_model=ContactRowAnswer)
async def update_contact(contact_id: ContactId, body: ContactFields, request: Request) -> Response:
    """Change the fields that are sent; null clears."""
    caller = calling(request)
    done = await caller.service.writer.submit(wishes.update(caller, contact_id, body))
    return hybrid_answer(done.changes[0])


@router.delete("/crm/{contactId}", status_code=204, response_class=Response)
async def delete_contact(contact_id: ContactId, request: Request) -> Response:
    """Hide a contact; it can be restored."""
    caller = calling(request)
    await caller.service.writer.submit(wishes.to_contact(caller, contact_id, DeleteContact()))
    return Response(status_code=204)


@router.post("/crm/{contactId}/restore", response_model=ContactRowAnswer)
async def restore_contact(contact_id: ContactId, request: Request) -> Response:
    """Show a deleted contact again."""
    caller = calling(request)
    wish = wishes.to_contact(caller, contact_id, RestoreContact())
    return hybrid_answer((await caller.service.writer.submit(wish)).changes[0])


def rendered(change: Change) -> tuple[dict[str, Any], list[Any]]:
    """Return the contact and its appointments as they are after the change."""
    rows = change.rows
    if not isinstance(rows, ContactRows):
        msg = "the write side was given another read side"
        raise TypeError(msg)
    item = rendering.contact(rows.of(CONTACTS)[()], change.contact_id)
    return item, list(rows.of(APPOINTMENTS).values())


def hybrid_answer(change: Change) -> Response:
    """Answer with the hybrid row of a changed contact."""
    return rendering.answer(rendering.hybrid(*rendered(change)), version=change.version)
