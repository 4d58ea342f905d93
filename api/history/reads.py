"""What happened to a contact over HTTP, for auditors."""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.answers import BUSY, ERASED, NO_CONTACT, NOT_YET, refused
from api.contacts import rendering
from api.dependencies import ContactId, calling, guarded
from api.history import past, telling
from api.history.instants import resolve
from api.history.points import FromInstant, ToInstant
from api.history.schemas import (
    AfterVersion,
    Difference,
    ExplainedName,
    Explanation,
    History,
    HistoryLimit,
)
from api.keys.keyring import Scope
from api.problems import FieldError

router = APIRouter(tags=["history"], route_class=guarded(Scope.AUDIT))

NO_ID = FieldError("contactId", "Input should be a valid UUID")
NO_INSTANT = FieldError("from", "must not lie in the future")


@router.get(
    "/crm/{contactId}/history",
    response_model=History,
    response_description="A page of events.",
    responses=refused(NO_ID, NO_CONTACT, BUSY),
)
async def get_contact_history(
    contact_id: ContactId, request: Request, after: AfterVersion = 0, limit: HistoryLimit = 100
) -> Response:
    """Tell what happened to a contact, event by event and field by field.

    The history of a deleted contact stays; of an erased one, kinds, times and actors do.
    """
    caller = calling(request)
    content = await caller.service.history.run(
        lambda connection: telling.history(connection, caller.company_id, contact_id, after, limit)
    )
    return rendering.answer(content)


@router.get(
    "/crm/{contactId}/diff",
    response_model=Difference,
    response_description="The fields that differ.",
    responses=refused(NO_ID, NO_INSTANT, NO_CONTACT, NOT_YET, ERASED, BUSY),
)
async def get_contact_diff(
    contact_id: ContactId, request: Request, since: FromInstant, until: ToInstant = None
) -> Response:
    """Compare a contact at two times.

    Before it was made it has no fields. A deleted contact is compared as it is remembered.
    """
    caller = calling(request)
    company_id = caller.company_id

    def compare(connection: Any) -> dict[str, Any]:  # noqa: ANN401  # the desk's connection
        start = resolve(connection, company_id, since, "from")
        end = resolve(connection, company_id, until, "to")
        return past.diff(connection, company_id, contact_id, start, end)

    return rendering.answer(await caller.service.history.run(compare))


@router.get(
    "/crm/{contactId}/explain/{name}",
    response_model=Explanation,
    response_description="The value, and the events that make it so.",
    responses=refused(NO_ID, NO_CONTACT, ERASED, BUSY),
)
async def explain_contact(contact_id: ContactId, name: ExplainedName, request: Request) -> Response:
    """Explain a value that follows from the history.

    `noShowCount`: the events that changed the count. `Recurring`: the first booking and the one
    that made it a second meeting. `Optin`: what was asked, confirmed and withdrawn.
    """
    caller = calling(request)
    content = await caller.service.history.run(
        lambda connection: telling.explain(connection, caller.company_id, contact_id, name)
    )
    return rendering.answer(content)
