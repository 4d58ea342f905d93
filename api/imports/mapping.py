"""Turns what stands in a file's columns into the fields of a contact."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from api.contacts.schemas import IGNORED
from api.imports.cells import as_id, free_data, mailbox, tags
from api.imports.inspection import UnreadableFile
from api.imports.records import Record
from api.imports.spelling import FULL_NAME, ID, OWN, SPELLINGS, plain
from api.intake.statement import Person, names_of

DATA = "additionalData"
NUMBERED = re.compile(r" \(\d+\)$")
ADDRESS = "address"
SEPARATOR = " ::: "
EMAIL = "email"
SEVERAL = (EMAIL, "phoneNumber")
"""Of what Google writes several into one cell; the first is the contact's."""

CALLED = "called"
"""The name beside an address, as in `Anna <anna@example.com>`: used where no column has one."""


class Columns:
    """Which column becomes which field; those of no field are kept in the additional data.

    Several columns may lead to one field: the first in which something stands wins, and the others
    are kept in the additional data too.
    """

    def __init__(self, names: Iterable[str], chosen: Mapping[str, str]) -> None:
        """`chosen` is what the caller wants, column → field; raises UnreadableFile."""
        self._targets: dict[str, str] = {}
        known = list(names)
        for column, field in chosen.items():
            if column not in known:
                raise UnreadableFile(f"there is no column {column!r}; there are: {listed(known)}")
            self._targets[column] = field_called(field)
        for column in known:
            self.target(column)
        self._divide_name(known)
        if not {"email", "phoneNumber"} & set(self._targets.values()):
            raise UnreadableFile(
                "no column is an e-mail address or a phone number; say which one is, as in "
                f"--map 'Column=email'; there are: {listed(known)}"
            )

    def target(self, column: str) -> str:
        """Return the field of a column."""
        if column not in self._targets:
            field = SPELLINGS.get(plain(NUMBERED.sub("", column)))
            self._targets[column] = field or f"{DATA}.{column}"
        return self._targets[column]

    def shown(self) -> dict[str, str]:
        """Return column → field, without what is ignored."""
        return {name: field for name, field in self._targets.items() if field not in IGNORED - {ID}}

    def column_of(self, field: str, values: Mapping[str, Any]) -> str:
        """Return the column of a record from which a field was taken; else the field itself."""
        sources = (field, FULL_NAME) if field in ("firstName", "lastName") else (field,)
        return next((name for name in values if self.target(name) in sources), field)

    def row(self, record: Record) -> tuple[dict[str, Any], UUID | None]:
        """Return the fields of a record, and the id that it brings; raises WrongCell."""
        row: dict[str, Any] = {}
        data: dict[str, Any] = {}
        for column, value in record.values.items():
            if isinstance(value, str) and not value.strip():
                continue
            self._put(row, data, column, value)
        contact_id = row.pop(ID, None)
        called = row.pop(CALLED, None)
        if (name := row.pop(FULL_NAME, called)) is not None:
            divide(row, name)
        if data:
            row[DATA] = data
        return row, contact_id

    def _put(self, row: dict[str, Any], data: dict[str, Any], column: str, value: object) -> None:
        """Put a value where it belongs."""
        target = self.target(column)
        group, _, part = target.partition(".")
        if target == DATA:
            data.update(free_data(column, value))
        elif target == ID and (contact_id := as_id(value)) is not None:
            row.setdefault(ID, contact_id)
        elif target == ID or group == DATA:
            data[part or column] = value
        elif target in IGNORED:
            return
        elif target == ADDRESS and isinstance(value, str):
            put_once(row.setdefault(ADDRESS, {}), "line1", value, data, column)
        elif target in SEVERAL and isinstance(value, str):
            put_first(row, target, value, data, column)
        elif part and isinstance(value, str):
            put_once(row.setdefault(group, {}), part, value, data, column)
        else:
            put_once(row, group, tags(value) if group == "tags" else value, data, column)

    def _divide_name(self, columns: list[str]) -> None:
        """Take a plain "Name" beside a first name for the last name, as German lists mean it."""
        fields = set(self._targets.values())
        if "firstName" in fields and "lastName" not in fields:
            for column in columns:
                if self._targets[column] == FULL_NAME and plain(column) == "name":
                    self._targets[column] = "lastName"


def field_called(name: str) -> str:
    """Return the field that the caller means; raises UnreadableFile."""
    if name.startswith(f"{DATA}.") and len(name) > len(DATA) + 1:
        return name
    field = OWN.get(plain(name))
    if field is None:
        raise UnreadableFile(f"there is no field {name!r}; there are: {listed(OWN.values())}")
    return field


def listed(names: Iterable[str]) -> str:
    """Name some things."""
    return ", ".join(names)


def put_once(fields: object, name: str, value: object, data: dict[str, Any], column: str) -> None:
    """Fill a field, unless a column before has done so: then keep the value as additional data."""
    if isinstance(fields, dict) and name not in fields:
        fields[name] = value
    else:
        data[column] = value


def put_first(
    row: dict[str, Any], target: str, cell: str, data: dict[str, Any], column: str
) -> None:
    """Fill a field with the first of the values in a cell; with several, the cell is kept too."""
    value, _, more = cell.partition(SEPARATOR)
    if target == EMAIL:
        name, value = mailbox(value)
        if name is not None:
            row.setdefault(CALLED, name)
    if more or target in row:
        data[column] = cell
    row.setdefault(target, value.strip())


def divide(row: dict[str, Any], name: object) -> None:
    """Divide a whole name before its last word, where no part of it is given."""
    if row.get("firstName") or row.get("lastName") or not isinstance(name, str):
        return
    first, last = names_of(Person(full_name=name))
    row |= {"firstName": first, "lastName": last}
