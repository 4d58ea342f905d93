"""Finds the address in what mail programs write: `Anna <a@example.com>`, `mailto:a@example.com`."""

import re

MAILBOX = re.compile(r"(?P<name>[^<>]*)<\s*(?P<address>[^<>\s]+)\s*>\s*")
LINK = re.compile(r"mailto:([^?\s]*)(\?\S*)?", re.IGNORECASE)
QUOTES = "\"' \t"


def mailbox(cell: str) -> tuple[str | None, str]:
    """Return the name beside an address, if there is one, and the address; else the cell."""
    found = MAILBOX.fullmatch(cell.strip())
    name, address = (found["name"].strip(QUOTES), found["address"]) if found else ("", cell.strip())
    if link := LINK.fullmatch(address):
        address = link[1]
    is_name = name and name.casefold() != address.casefold()
    return name if is_name else None, address
