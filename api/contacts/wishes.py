"""Turns what callers send into what the write side understands."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from api.contacts.schemas import AddressFields, ContactFields
from api.dependencies import Caller
from domain.application.requests import ById, Matching, Request, Step
from domain.contact.commands import CreateContact, UpdateContact
from domain.contact.events import Address, Details
from domain.eventlog.log import Meta
from domain.identity import email_key, phone_number
from domain.kernel import Command


def details(fields: BaseModel, region: str) -> Details:
    """Return the fields that were sent, the phone number in E.164 when it is valid in `region`."""
    sent: dict[str, Any] = {
        name: getattr(fields, name)
        for name in fields.model_fields_set & Details.model_fields.keys()
    }
    if "phone_number" in sent:
        typed = sent["phone_number"]
        number = (None, None) if typed is None else phone_number(typed, region)
        sent["phone_number"], sent["phone_key"] = number
    if isinstance(sent.get("address"), AddressFields):
        sent["address"] = Address(**sent["address"].model_dump(exclude_none=True))
    return Details(**sent)


def claim(known: Details) -> str | None:
    """Return the address that these details would claim."""
    return None if known.email is None else email_key(known.email)


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
    return request(caller, Step(ById(contact_id), UpdateContact(known, tags), claim(known)))


def to_contact(caller: Caller, contact_id: UUID, command: Command) -> Request:
    """Send a wish to one contact."""
    return request(caller, Step(ById(contact_id), command))


def request(caller: Caller, *steps: Step, source: str = "api") -> Request:
    """Sign wishes with who sends them."""
    return Request(caller.company_id, steps, Meta(caller.actor, source, caller.request_id))
