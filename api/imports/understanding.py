"""Judges what can be judged of a record from the file alone: what it says, and of whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from api.bulk.judging import Complaints, complaints, read_row
from api.contacts.known import claim
from api.imports.cells import WrongCell
from api.imports.mapping import Columns
from api.imports.records import DAMAGED, Record, readable
from api.imports.verdicts import Complaint, Verdict, failed, quoted
from domain.contact.events import Details

DAMAGE = "a letter cannot be read in the encoding that the file seems to have"

Person = tuple[str | None, str | None, str | None]
"""Phone number, first and last name: who is meant where there is no address."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that is understood."""

    record: Record
    known: Details
    tags: tuple[str, ...]
    contact_id: UUID | None
    """The id that it brings, whether there is such a contact or not."""
    address: str | None
    """The e-mail address in comparable form."""
    person: Person | None
    """Who is meant by number and name, where there is no address."""

    keys: tuple[str, ...]
    """By what two rows of a file are about the same contact."""

    @property
    def row(self) -> int:
        """The number of its row."""
        return self.record.number


def understood(record: Record, columns: Columns, region: str) -> Candidate | Verdict:
    """Return what a record says, or why it cannot be understood."""
    if record.wrong:
        return failed(record, Complaint("", "", record.wrong))
    if is_damaged(record.sent):
        damaged = [name for name, value in record.values.items() if is_damaged([name, value])]
        return failed(record, *(complaint(record, name, DAMAGE) for name in damaged))
    try:
        row, contact_id = columns.row(record)
        known, tags = read_row(row, region)
    except WrongCell as wrong:
        return failed(record, complaint(record, wrong.column, str(wrong)))
    except ValidationError as wrong:
        return refused(record, columns, complaints(wrong))
    address = claim(known)
    person = None if address is not None else person_of(known)
    keys = tuple(keys_of(contact_id, address, person))
    return Candidate(record, known, tuple(tags or ()), contact_id, address, person, keys)


def keys_of(contact_id: UUID | None, address: str | None, person: Person | None) -> Iterator[str]:
    """Yield the names under which a contact may be meant, in a form that can be compared."""
    if contact_id is not None:
        yield f"id {contact_id}"
    if address is not None:
        yield f"email {address}"
    elif contact_id is None and person is not None:
        yield f"phone {person}"


def person_of(known: Details) -> Person | None:
    """Return who is meant by number and name."""
    if known.phone_number is None:
        return None
    return known.phone_number, known.first_name, known.last_name


def refused(record: Record, columns: Columns, wrong: Complaints) -> Verdict:
    """Fail a record for its fields, each named by the column that it stands in."""
    found = [
        complaint(record, "" if field == "row" else columns.column_of(field, record.values), why)
        for field, why in wrong
    ]
    return failed(record, *found)


def complaint(record: Record, column: str, message: str) -> Complaint:
    """Say what is wrong with a column, and repeat what stands in it."""
    return Complaint(readable(column), quoted(record.values.get(column)), message)


def is_damaged(value: Any) -> bool:  # noqa: ANN401  # any JSON
    """Tell whether there is a letter somewhere that could not be read."""
    if isinstance(value, str):
        return DAMAGED in value
    if isinstance(value, dict):
        return is_damaged([*value, *value.values()])
    return isinstance(value, list) and any(map(is_damaged, value))
