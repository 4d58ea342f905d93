"""Keeping filled-in forms with the contact, over HTTP."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from uuid_utils.compat import uuid7

from api.answers import NOT_THERE, NOT_WRITTEN, refused
from api.contacts import rendering, wishes
from api.contacts.items import SubmissionItem
from api.contacts.writes import NO_ID, rows_of
from api.dependencies import ContactId, calling, guarded
from api.keys.keyring import Scope
from api.problems import FieldError
from api.retries.answering import written
from api.submissions.schemas import SubmissionFields
from domain.application.requests import Done
from domain.contact.commands import SubmitForm
from projections.inline import SUBMISSIONS

router = APIRouter(tags=["submissions"], route_class=guarded(Scope.WRITE))

NO_ANSWERS = FieldError("answers", "Field required")


@router.post(
    "/crm/{contactId}/forms",
    status_code=201,
    response_model=SubmissionItem,
    response_description="The submission as it is kept.",
    responses=refused(NO_ANSWERS, NO_ID, *NOT_THERE, *NOT_WRITTEN),
)
async def submit_form(contact_id: ContactId, body: SubmissionFields, request: Request) -> Response:
    """Keep a form that a contact filled in.

    The contact's details show it. A submission whose id the contact has already changes nothing,
    and the one that is kept is answered.
    """
    caller = calling(request)
    command = submission(body)

    def kept(done: Done) -> Response:
        row = rows_of(done.changes[0]).of(SUBMISSIONS)[command.submission_id]
        return rendering.answer(rendering.submission(row), 201)

    return await written(caller, wishes.to_contact(caller, contact_id, command), kept)


def submission(body: SubmissionFields) -> SubmitForm:
    """Return the submission as the write side understands it."""
    return SubmitForm(
        submission_id=body.id or str(uuid7()),
        submitted_at=body.submitted_at or datetime.now(UTC),
        answers=body.answers,
        form_id=body.form_id,
        form_name=body.form_name,
    )
