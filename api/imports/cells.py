"""Reads what stands in single cells: addresses, ids, tags, additional data."""

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

MAILBOX = re.compile(r"(?P<name>[^<>]*)<\s*(?P<address>[^<>\s]+)\s*>\s*")
LINK = re.compile(r"mailto:([^?\s]*)(\?\S*)?", re.IGNORECASE)
QUOTES = "\"' \t"
SEPARATORS = (":::", ";", "|", ",")
"""What tags are separated by; the first that occurs."""

SYSTEM_LABEL = "* "
"""What Google puts before the labels that are its own."""


class WrongCell(Exception):
    """What stands in a column cannot be read; the message says why."""

    def __init__(self, column: str, message: str) -> None:
        """Name the column."""
        super().__init__(message)
        self.column = column


def mailbox(cell: str) -> tuple[str | None, str]:
    """Return the name beside an address, if there is one, and the address; else the cell."""
    found = MAILBOX.fullmatch(cell.strip())
    name, address = (found["name"].strip(QUOTES), found["address"]) if found else ("", cell.strip())
    if link := LINK.fullmatch(address):
        address = link[1]
    is_name = name and name.casefold() != address.casefold()
    return name if is_name else None, address


def as_id(value: object) -> UUID | None:
    """Return the id of a contact; other systems have other ids."""
    try:
        return UUID(str(value))
    except ValueError:
        return None


def free_data(column: str, value: object) -> dict[str, Any]:
    """Read additional data: an object, or the JSON text of one."""
    if isinstance(value, str):
        try:
            value = from_json(value, allow_inf_nan=False)
        except ValueError:
            raise WrongCell(column, "is not valid JSON") from None
    if value is None or isinstance(value, dict):
        return value or {}
    raise WrongCell(column, "is no JSON object")


def tags(value: object) -> object:
    """Read tags: a list, the JSON text of one, or names with a separator between them."""
    if not isinstance(value, str):
        return value
    if value.startswith("["):
        try:
            return from_json(value)
        except ValueError:
            return [value]
    separator = next((sign for sign in SEPARATORS if sign in value), ",")
    names = dict.fromkeys(name.strip() for name in value.split(separator))
    return [name for name in names if name and not name.startswith(SYSTEM_LABEL)]


def joined(names: Iterable[str]) -> str:
    """Write names, as those of tags, into one cell such that they are read as the same ones."""
    text = "; ".join(names)
    return text if tags(text) == list(names) else to_json(list(names)).decode()
