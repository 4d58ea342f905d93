"""Creating and deleting many contacts over HTTP."""

import asyncio

from fastapi import APIRouter, Request, Response

from api.answers import NOT_WRITTEN, refused
from api.bulk.judging import noted
from api.bulk.rows import Rows
from api.bulk.schemas import BulkAnswer, BulkDeleteAnswer, BulkDeleteFields, BulkFields
from api.contacts import rendering, wishes
from api.dependencies import calling, guarded
from api.keys.keyring import Scope
from api.problems import FieldError
from api.retries.answering import in_parts, marked
from domain.application.requests import Done, Outcome
from domain.contact.commands import DeleteContact

router = APIRouter(tags=["bulk"], route_class=guarded(Scope.WRITE))


TOO_MANY_ROWS = FieldError("contacts", "List should have at most 1000 items after validation")
TOO_MANY_IDS = FieldError("contactIds", "List should have at most 500 items after validation")


@router.post(
    "/crm/bulk",
    status_code=201,
    response_model=BulkAnswer,
    response_description="A verdict for each row, whatever the verdicts are.",
    responses=refused(TOO_MANY_ROWS, *NOT_WRITTEN),
)
async def create_contacts(body: BulkFields, request: Request) -> Response:
    """Create up to 1,000 contacts.

    Each row gets its own verdict; a bad one does not fail the others. A row whose address has a
    contact is skipped, or with `updateExisting` updates it. An address twice in one call: the
    second row is skipped.
    """
    caller = calling(request)
    rows = await asyncio.to_thread(judged, Rows(caller, body.update_existing), body.contacts)
    outcomes: list[Outcome] = []
    if rows.requests:
        wanted = in_parts(caller, list(rows.requests.values()), noted)
        outcomes = await caller.service.bulk.run(wanted)
        rows.settle(outcomes)
    return marked(rendering.answer(rows.answer(), 201), outcomes)


def judged(rows: Rows, contacts: list[object]) -> Rows:
    """Judge the rows off the event loop, for that takes a while."""
    for index, sent in enumerate(contacts):
        rows.take(index, sent)
    return rows


@router.post(
    "/crm/bulk-delete",
    response_model=BulkDeleteAnswer,
    response_description="A verdict for each id.",
    responses=refused(TOO_MANY_IDS, *NOT_WRITTEN),
)
async def delete_contacts(body: BulkDeleteFields, request: Request) -> Response:
    """Delete up to 500 contacts.

    An id that no contact has is said to be `notFound`.
    """
    caller = calling(request)
    ids = list(dict.fromkeys(body.contact_ids))
    wanted = [wishes.to_contact(caller, contact_id, DeleteContact()) for contact_id in ids]
    outcomes = await caller.service.bulk.run(in_parts(caller, wanted, what_became))
    results = [
        {"id": contact_id, "status": what_became(outcome)}
        for contact_id, outcome in zip(ids, outcomes, strict=True)
    ]
    deleted = sum(result["status"] == "deleted" for result in results)
    content = {"deleted": deleted, "notFound": len(results) - deleted, "results": results}
    return marked(rendering.answer(content), outcomes)


def what_became(outcome: Outcome) -> str:
    """Tell what became of a contact, or became of it when the same call came before."""
    if isinstance(outcome, Done):
        return outcome.answer or "deleted"
    return "notFound"
