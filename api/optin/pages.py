"""The links of opt-in mails: pages that ask, and buttons that record the answer."""

from html import escape
from http import HTTPStatus

import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.bootstrap import Service
from api.optin import page
from api.optin.decisions import AGREE, WITHDRAW, Decision, Shown, outcome
from api.optin.words import LANGUAGES, Page, Words, spoken
from domain import errors

router = APIRouter(include_in_schema=False)

UNKNOWN = Shown("unknown", HTTPStatus.NOT_FOUND)
REFUSALS: dict[type[Exception], Shown] = {
    errors.ContactNotFound: UNKNOWN,
    errors.ContactDeleted: Shown("gone", HTTPStatus.GONE),
    errors.ContactErased: Shown("gone", HTTPStatus.GONE),
    errors.OptinNotRequested: Shown("outdated", HTTPStatus.GONE),
    errors.Unavailable: Shown("later", HTTPStatus.SERVICE_UNAVAILABLE),
    psycopg.OperationalError: Shown("later", HTTPStatus.SERVICE_UNAVAILABLE),
}

# Programs that check mails follow their links: only a button's POST may record anything.
LOOK = ["GET", "HEAD"]


@router.api_route("/optin/{token}", methods=LOOK)
async def ask_for_optin(token: str, request: Request) -> HTMLResponse:
    """Show what is asked, with a button."""
    return await answered(request, token, AGREE, decided=False)


@router.post("/optin/{token}")
async def confirm_optin(token: str, request: Request) -> HTMLResponse:
    """Record that the contact agrees."""
    return await answered(request, token, AGREE, decided=True)


@router.api_route("/optin/{token}/withdraw", methods=LOOK)
async def ask_for_withdrawal(token: str, request: Request) -> HTMLResponse:
    """Ask whether the consent is to be taken back, with a button."""
    return await answered(request, token, WITHDRAW, decided=False)


@router.post("/optin/{token}/withdraw")
async def withdraw_by_link(token: str, request: Request) -> HTMLResponse:
    """Take the consent back; mail programs send this, too (RFC 8058)."""
    return await answered(request, token, WITHDRAW, decided=True)


async def answered(
    request: Request, token: str, decision: Decision, *, decided: bool
) -> HTMLResponse:
    """Answer with a page in the contact's language, whatever comes of it."""
    service: Service = request.app.state.service
    ask = service.optin.links.opened(token)
    shown = UNKNOWN
    try:
        if ask is not None:
            shown = await outcome(request, ask, decision, decided=decided)
    except tuple(REFUSALS) as refusal:
        shown = next(page for kind, page in REFUSALS.items() if isinstance(refusal, kind))
        if isinstance(refusal, psycopg.OperationalError):
            # the other connections may be dead as well: the next attempt shall find new ones
            await service.pool.check()
    language = spoken(ask.language if ask else None, request.headers.get("accept-language", ""))
    return rendered(shown, language, token)


def rendered(shown: Shown, language: str, token: str) -> HTMLResponse:
    """Put the page together; who has agreed is shown the way back."""
    words: Words = LANGUAGES[language]
    back = f'<p><a href="{escape(token)}/withdraw">{words.withdraw}</a></p>\n'
    more = back if shown.name == AGREE.done else ""
    content: Page = getattr(words, shown.name)
    return page.html(content, shown.status, language, shown.wording, more)
