"""What callers say of a person, as the write side understands it."""

from typing import Any

from pydantic import BaseModel

from api.contacts.schemas import AddressFields
from domain.contact.events import Address, Details
from domain.identity import email_key, phone_number

KNOWN = frozenset(Details.model_fields)


def details(fields: BaseModel, region: str) -> Details:
    """Return the fields that were sent, the phone number in E.164 when it is valid in `region`."""
    sent: dict[str, Any] = {name: getattr(fields, name) for name in fields.model_fields_set & KNOWN}
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
