"""Asking a contact for its consent over HTTP, and taking the consent back."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from api.answers import NOT_THERE, NOT_WRITTEN, refused, sent
from api.contacts import rendering, wishes
from api.contacts.writes import NO_ID, no_content, rendered
from api.dependencies import Caller, ContactId, calling, guarded
from api.keys.keyring import Scope
from api.optin.desk import OptinDesk
from api.optin.links import LIFETIME, Ask
from api.optin.postman import NotMailed
from api.optin.schemas import OptinAnswer, OptinFields
from api.problems import FieldError
from api.retries.answering import amend, answer_of, with_receipt, written
from domain import errors
from domain.application.requests import Done
from domain.contact.commands import RequestOptin, WithdrawOptin
from domain.contact.memory import wording_digest

router = APIRouter(tags=["optin"], route_class=guarded(Scope.WRITE))

NO_WORDING = FieldError("wording", "Field required")


@router.post(
    "/crm/{contactId}/optin",
    status_code=202,
    response_model=OptinAnswer,
    response_description="The request is recorded, whether or not it could be mailed.",
    responses={
        **sent(202, "ETag"),
        **refused(NO_WORDING, *NOT_THERE, errors.NoEmailAddress(), *NOT_WRITTEN),
    },
)
async def request_optin(contact_id: ContactId, body: OptinFields, request: Request) -> Response:
    """Ask a contact to opt in.

    The contact gets a mail with a link to a page, on which it agrees; then it has the tag `Optin`.
    A contact gets one mail in ten minutes at most: a request in between is recorded, but not
    mailed. Where no mail server is set up, the answer carries the link. A link to another wording
    or to another address than those of the last request confirms nothing.
    """
    caller = calling(request)
    desk = caller.service.optin
    wish = wishes.to_contact(caller, contact_id, RequestOptin(body.wording, datetime.now(UTC)))

    def in_advance(done: Done) -> Response:
        # who comes again after a crash must not be told that a mail went out, nor that none did
        known = NotMailed.NO_SERVER if desk.postman is None else NotMailed.UNCONFIRMED
        return told(desk, asked(caller, done, body), done, known)

    done = await caller.service.writer.submit(with_receipt(caller, wish, in_advance))
    if done.replayed:
        return answer_of(done, in_advance)
    ask = asked(caller, done, body)
    answer = told(desk, ask, done, await desk.mail(ask, body.wording))
    await amend(caller, answer)
    return answer


@router.delete(
    "/crm/{contactId}/optin",
    status_code=204,
    response_class=Response,
    response_description="There is no consent and no open request, now or before.",
    responses=refused(NO_ID, errors.ContactNotFound(), errors.ContactErased(), *NOT_WRITTEN),
)
async def withdraw_optin(contact_id: ContactId, request: Request) -> Response:
    """Take back a consent, or an open request for one.

    The tag `Optin` is gone at once, and links that were sent confirm nothing more. A deleted
    contact is heard, too.
    """
    caller = calling(request)
    command = WithdrawOptin(datetime.now(UTC), "caller")
    return await written(caller, wishes.to_contact(caller, contact_id, command), no_content)


def asked(caller: Caller, done: Done, body: OptinFields) -> Ask:
    """Return what the link of a request answers; links know whole seconds."""
    item, _ = rendered(done.changes[0])
    expires_at = datetime.now(UTC).replace(microsecond=0) + LIFETIME
    digest, language = wording_digest(body.wording), body.language or item["language"]
    return Ask(caller.company_id, item["id"], item["email"], digest, expires_at, language)


def told(desk: OptinDesk, ask: Ask, done: Done, failure: NotMailed | None) -> Response:
    """Answer what became of a request."""
    content = {
        "expiresAt": rendering.instant(ask.expires_at),
        "mailed": failure is None,
        "reason": failure,
        "link": desk.links.to_confirm(ask) if failure is NotMailed.NO_SERVER else None,
    }
    return rendering.answer(content, 202, version=done.changes[0].version)
