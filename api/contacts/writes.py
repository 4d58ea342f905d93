"""Creating, changing, deleting and restoring contacts over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.answers import ADDRESS_TAKEN, NOT_THERE, NOT_WRITTEN, refused, sent
from api.contacts import rendering, wishes
from api.contacts.items import ContactRowAnswer, CreatedContact
from api.contacts.known import details
from api.contacts.schemas import ContactFields, NewContact
from api.dependencies import ContactId, calling, guarded
from api.keys.keyring import Scope
from api.problems import FieldError
from api.retries.answering import written
from domain import errors
from domain.application.requests import Change, Done
from domain.contact.commands import DeleteContact, RestoreContact
from projections.inline import APPOINTMENTS, CONTACTS, ContactRows

router = APIRouter(tags=["contacts"], route_class=guarded(Scope.WRITE))

UpdateExisting = Annotated[
    bool,
    Query(
        alias="updateExisting",
        description="Update the contact that has the address instead of answering 409.",
        examples=[True],
    ),
]

NO_ID = FieldError("contactId", "Input should be a valid UUID")
NO_FIELD = FieldError("fristName", "Extra inputs are not permitted")
TOO_MUCH = (errors.TooManyTags(), errors.AdditionalDataTooLarge())


@router.post(
    "/crm",
    status_code=201,
    response_model=CreatedContact,
    response_description="The contact was created.",
    responses={
        **sent(201, "ETag", "Location"),
        **sent(
            200,
            "ETag",
            "Location",
            model=CreatedContact,
            description="With `updateExisting`: the contact that has the address was updated.",
        ),
        **refused(NO_FIELD, errors.NoAddress(), *TOO_MUCH, ADDRESS_TAKEN, *NOT_WRITTEN),
    },
)
async def create_contact(
    body: NewContact,
    request: Request,
    update_existing: UpdateExisting = False,  # noqa: FBT002  # a query parameter
) -> Response:
    """Create a contact.

    Its e-mail address must not belong to another contact of the company: then the answer is 409
    and names that contact, or with `updateExisting` that contact is updated.
    """
    caller = calling(request)
    known = details(body, caller.region)
    wish = wishes.create(caller, known, body.tags, update_existing=update_existing)
    return await written(caller, wish, created_answer)


@router.patch(
    "/crm/{contactId}",
    response_model=ContactRowAnswer,
    response_description="The contact as it is now.",
    responses={
        **sent(200, "ETag"),
        **refused(NO_FIELD, errors.NoAddress(), *TOO_MUCH, *NOT_THERE, ADDRESS_TAKEN, *NOT_WRITTEN),
    },
)
async def update_contact(contact_id: ContactId, body: ContactFields, request: Request) -> Response:
    """Change a contact.

    Only the fields that are sent are changed; `null` clears, `tags` replaces the labels,
    `additionalData` is merged and a `null` in it removes its key. Either `email` or `phoneNumber`
    must be there afterwards. A change of nothing records nothing.
    """
    caller = calling(request)
    return await written(caller, wishes.update(caller, contact_id, body), hybrid_answer)


@router.delete(
    "/crm/{contactId}",
    status_code=204,
    response_class=Response,
    response_description="The contact is deleted, now or before.",
    responses=refused(NO_ID, errors.ContactNotFound(), errors.ContactErased(), *NOT_WRITTEN),
)
async def delete_contact(contact_id: ContactId, request: Request) -> Response:
    """Delete a contact.

    It is hidden and can be restored; its e-mail address is free at once.
    """
    caller = calling(request)
    wish = wishes.to_contact(caller, contact_id, DeleteContact())
    return await written(caller, wish, no_content)


@router.post(
    "/crm/{contactId}/restore",
    response_model=ContactRowAnswer,
    response_description="The contact is there, again or still.",
    responses={
        **sent(200, "ETag"),
        **refused(
            NO_ID, errors.ContactNotFound(), errors.ContactErased(), ADDRESS_TAKEN, *NOT_WRITTEN
        ),
    },
)
async def restore_contact(contact_id: ContactId, request: Request) -> Response:
    """Restore a deleted contact.

    It takes its e-mail address back; 409 when another contact has it by now.
    """
    caller = calling(request)
    wish = wishes.to_contact(caller, contact_id, RestoreContact())
    return await written(caller, wish, hybrid_answer)


def rendered(change: Change) -> tuple[dict[str, Any], list[Any]]:
    """Return the contact and its appointments as they are after the change."""
    rows = rows_of(change)
    item = rendering.contact(rows.of(CONTACTS)[()], change.contact_id)
    return item, list(rows.of(APPOINTMENTS).values())


def rows_of(change: Change) -> ContactRows:
    """Return all rows of the contact as they are after the change."""
    if not isinstance(change.rows, ContactRows):
        msg = "the write side was given another read side"
        raise TypeError(msg)
    return change.rows


def created_answer(done: Done) -> Response:
    """Answer with a contact that was created, or updated because it had the address."""
    change = done.changes[0]
    content = rendering.with_appointments(*rendered(change))
    status = 201 if change.created else 200
    headers = {"Location": f"/crm/{change.contact_id}"}
    return rendering.answer(content, status, version=change.version, headers=headers)


def no_content(_: Done) -> Response:
    """Answer that it is done."""
    return Response(status_code=204)


def hybrid_answer(done: Done) -> Response:
    """Answer with the hybrid row of a changed contact."""
    change = done.changes[0]
    return rendering.answer(rendering.hybrid(*rendered(change)), version=change.version)
