"""How a list of contacts is written: as CSV for spreadsheets, as JSON lines, as vCards."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import IO, Any

from pydantic_core import to_json, to_jsonable_python

from api.contacts.items import AddressItem
from api.imports.cells import joined
from api.imports.delimited import guarded

Item = Mapping[str, Any]
"""A contact as `rendering.contact` returns it."""

Write = Callable[[Item], object]

FOLD_BYTES = 75
LINE_END = re.compile(r"\r\n|\r|\n")
ADDRESS = tuple(AddressItem.model_fields)


class Format(StrEnum):
    """What a list can be written as."""

    CSV = "csv"
    JSONL = "jsonl"
    VCF = "vcf"


MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSONL: "application/jsonl",
    Format.VCF: "text/vcard; charset=utf-8",
}


def write(file: IO[str], form: Format, items: Iterator[Item]) -> int:
    """Write all contacts; returns how many there were."""
    put, written = WRITERS[form](file), 0
    for written, item in enumerate(items, start=1):  # noqa: B007  # the last one counts
        put(item)
    return written


def json_lines(file: IO[str]) -> Write:
    """Write an object a line, in the shape of the API."""
    return lambda item: file.write(to_json(item).decode() + "\n")


def table(file: IO[str]) -> Write:
    """Write a table that spreadsheets open rightly (by the BOM), and safely (by apostrophes)."""
    writer = csv.writer(file)
    file.write("\ufeff")
    writer.writerow(COLUMNS)
    return lambda item: writer.writerow(cells(item))


def cells(item: Item) -> list[str]:
    """Return the cells of a contact; what nobody gave is empty."""
    plain = {**item, "tags": joined(item["tags"]), "address": None, "additionalData": None}
    address = to_jsonable_python(item["address"]) or {}
    plain |= {f"address.{part}": address.get(part) for part in ADDRESS}
    if item["additionalData"]:
        plain["additionalData"] = to_json(item["additionalData"]).decode()
    return ["" if plain[name] is None else guarded(str(plain[name])) for name in COLUMNS]


def cards(file: IO[str]) -> Write:
    """Write vCards of version 3, which address books read."""
    return lambda item: file.write("".join(f"{folded(line)}\r\n" for line in card(item)))


def card(item: Item) -> Iterator[str]:
    """Yield the lines of a card."""
    yield "BEGIN:VCARD"
    yield "VERSION:3.0"
    yield f"UID:urn:uuid:{item['id']}"
    first, last = item["firstName"] or "", item["lastName"] or ""
    yield f"N:{listed([last, first, '', item['title'] or '', ''])}"
    whole = f"{first} {last}".strip() or item["email"] or item["phoneNumber"] or ""
    yield f"FN:{escaped(whole)}"
    for name, field in CARD_FIELDS.items():
        if item[field]:
            yield f"{name}:{escaped(item[field])}"
    address = to_jsonable_python(item["address"]) or {}
    if any(address.values()):
        parts = ("line3", "line2", "line1", "city", "region", "zip", "country")
        yield f"ADR:{listed([address.get(part) or '' for part in parts])}"
    if item["tags"]:
        yield f"CATEGORIES:{','.join(map(escaped, item['tags']))}"
    yield "END:VCARD"


def listed(parts: list[str]) -> str:
    """Write the parts of a structured value."""
    return ";".join(map(escaped, parts))


def escaped(text: str) -> str:
    """Write a text such that its marks and line breaks are its own."""
    marked = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return LINE_END.sub(r"\\n", marked)


def folded(line: str) -> str:
    """Break a long line, never within a letter."""
    pieces, size = [""], 0
    for sign in line:
        width = len(sign.encode())
        if size + width > FOLD_BYTES:
            pieces.append(" ")
            size = 1
        pieces[-1] += sign
        size += width
    return "\r\n".join(pieces)


COLUMNS = (
    "id",
    "firstName",
    "lastName",
    "email",
    "phoneNumber",
    "tags",
    "notes",
    "title",
    "employer",
    "function",
    "seniority",
    "location",
    "language",
    *(f"address.{part}" for part in ADDRESS),
    "additionalData",
    "crmCompanyId",
    "accountOwnerId",
    "noShowCount",
    "createdAt",
    "updatedAt",
)

CARD_FIELDS = {
    "EMAIL": "email",
    "TEL": "phoneNumber",
    "ORG": "employer",
    "TITLE": "function",
    "NOTE": "notes",
}

WRITERS: dict[Format, Callable[[IO[str]], Write]] = {
    Format.CSV: table,
    Format.JSONL: json_lines,
    Format.VCF: cards,
}
