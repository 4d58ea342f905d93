"""What a link asks for and what its button wishes, tried on the contact as it is."""

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import NamedTuple

from fastapi import Request

from api.bootstrap import Service
from api.optin.links import Ask
from api.optin.origin import client_address
from domain.application import requests
from domain.contact.commands import ConfirmOptin, WithdrawOptin
from domain.contact.contact import Contact
from domain.contact.events import OptinRequested
from domain.eventlog.log import ASCENDING, LoggedEvent, Meta
from domain.eventlog.mapper import ContactMapper
from domain.kernel import Command

MAPPER = ContactMapper()
MAX_USER_AGENT = 512
"""Characters of a user agent that are kept as proof."""


class Shown(NamedTuple):
    """Which page is shown, and the wording where it is asked about."""

    name: str
    status: int = HTTPStatus.OK
    wording: str = ""


class Decision(NamedTuple):
    """What a page asks for: the pages before and after, and what the button wishes."""

    question: str
    done: str
    wish: Callable[[Request, Ask], Command]
    expires: bool


def confirmation(request: Request, ask: Ask) -> ConfirmOptin:
    """Agree, with what is known of who pressed the button."""
    service: Service = request.app.state.service
    peer = None if request.client is None else request.client.host
    forwarded = request.headers.getlist("x-forwarded-for")
    agent = request.headers.get("user-agent", "")
    return ConfirmOptin(
        ask.email,
        ask.wording_digest,
        datetime.now(UTC),
        client_address(peer, forwarded, service.settings.trusted_proxies),
        "".join(sign for sign in agent if sign.isprintable())[:MAX_USER_AGENT] or None,
    )


def withdrawal(_: Request, ask: Ask) -> WithdrawOptin:
    """Take back what the link asked for, and nothing that belongs to another address."""
    return WithdrawOptin(datetime.now(UTC), "link", ask.email)


AGREE = Decision("ask", "confirmed", confirmation, expires=True)
WITHDRAW = Decision("withdrawing", "withdrawn", withdrawal, expires=False)


async def outcome(request: Request, ask: Ask, decision: Decision, *, decided: bool) -> Shown:
    """Try the wish on the contact as it is; record it if that is decided."""
    service: Service = request.app.state.service
    wish = decision.wish(request, ask)
    contact, wording = await remembered(service, ask)
    if not list(contact.handle(wish)):
        return Shown(decision.done)
    if decision.expires and ask.expired():
        return Shown("expired", HTTPStatus.GONE)
    if not decided:
        return Shown(decision.question, wording=wording)
    step = requests.Step(requests.ById(ask.contact_id), wish)
    meta = Meta("contact", "optin", request.state.request_id)
    await service.writer.submit(requests.Request(ask.company_id, (step,), meta))
    return Shown(decision.done)


async def remembered(service: Service, ask: Ask) -> tuple[Contact, str]:
    """Return the contact, from its stream, and what it was asked last."""
    place = (ask.company_id, ask.contact_id)
    async with service.reading() as connection:
        cursor = await connection.execute(ASCENDING, (*place, None, None, None))
        rows = await cursor.fetchall()
    contact, wording = Contact(ask.contact_id), ""
    for row in rows:
        recorded = MAPPER.to_domain_event(LoggedEvent(*row))
        contact.replay(recorded)
        if isinstance(recorded.event, OptinRequested):
            wording = recorded.event.wording
    return contact, wording
