"""Undoing a change over HTTP: a new event that puts the fields of an old one back."""

from fastapi import APIRouter, Request, Response

from api.answers import ADDRESS_TAKEN, NOT_THERE, NOT_WRITTEN, refused, sent
from api.contacts import wishes
from api.contacts.items import ContactRowAnswer
from api.contacts.writes import hybrid_answer
from api.dependencies import Caller, ContactId, calling, guarded
from api.history.schemas import UndoFields
from api.history.undo import ATTEMPTS, undoing
from api.keys.keyring import Scope
from api.problems import ChangedSince, FieldError, NotUndoable
from api.retries.answering import answered_before, written
from domain import errors

router = APIRouter(tags=["history"], route_class=guarded(Scope.WRITE))

NO_VERSION = FieldError("version", "is not a version of this contact")
OVERLAP = ChangedSince([(3, ["employer"])])


@router.post(
    "/crm/{contactId}/undo",
    response_model=ContactRowAnswer,
    response_description="The contact as it is now.",
    responses={
        **sent(200, "ETag"),
        **refused(
            NO_VERSION,
            errors.NoAddress(),
            *NOT_THERE,
            OVERLAP,
            NotUndoable(),
            ADDRESS_TAKEN,
            *NOT_WRITTEN,
        ),
    },
)
async def undo_change(contact_id: ContactId, body: UndoFields, request: Request) -> Response:
    """Undo a change of fields or tags.

    A new event puts back what the event with this version changed; the old one stays in the
    history. Where something of it was changed again later, nothing is done: the answer is 409 and
    names the later changes.
    """
    caller = calling(request)
    try:
        return await undone(caller, contact_id, body.version)
    except (ChangedSince, errors.NotFound, errors.Gone):
        # a call that comes again may stumble over what it did itself
        if (before := await answered_before(caller)) is None:
            raise
        return before


async def undone(caller: Caller, contact_id: ContactId, version: int) -> Response:
    """Work it out and wish for it, anew when somebody was faster."""
    for _ in range(ATTEMPTS):
        try:
            return await attempt(caller, contact_id, version)
        except errors.ContactMovedOn:
            if caller.seen is not None:
                raise
    raise errors.Busy


async def attempt(caller: Caller, contact_id: ContactId, version: int) -> Response:
    """Do so once; ContactMovedOn when somebody was faster."""
    step = await caller.service.history.run(
        lambda connection: undoing(connection, caller.company_id, contact_id, version)
    )
    wish = wishes.to_contact(caller, contact_id, step.command, step.claims)
    return await written(caller, wish, hybrid_answer)
