"""Turns what callers send into what the write side understands."""

from collections.abc import Iterable
from uuid import UUID

from api.contacts.known import claim, details
from api.contacts.schemas import ContactFields
from api.dependencies import Caller
from domain.application.requests import ById, Matching, Request, Step
from domain.contact.commands import CreateContact, Provided, UpdateContact
from domain.contact.events import Details
from domain.eventlog.log import Meta
from domain.kernel import Command


def create(
    caller: Caller, known: Details, tags: Iterable[str] | None, *, update_existing: bool
) -> Request:
    """Ask for a new contact, or for a change of the one that has the address."""
    command = CreateContact(known, tuple(tags or ()), source="api", update_existing=update_existing)
    return request(caller, Step(Matching(email_key=claim(known)), command))


def update(caller: Caller, contact_id: UUID, body: ContactFields) -> Request:
    """Ask for a change of the fields that were sent."""
    known = details(body, caller.region)
    tags = tuple(body.tags or ()) if "tags" in body.model_fields_set else None
    return to_contact(caller, contact_id, UpdateContact(known, tags), claim(known))


def to_contact(
    caller: Caller, contact_id: UUID, command: Command, claims: str | None = None
) -> Request:
    """Send a wish to one contact, provided that it is as the caller has seen it."""
    if caller.seen is not None:
        command = Provided(caller.seen, command)
    return request(caller, Step(ById(contact_id), command, claims))


def request(caller: Caller, *steps: Step, source: str = "api") -> Request:
    """Sign wishes with who sends them."""
    return Request(caller.company_id, steps, Meta(caller.actor, source, caller.request_id))
