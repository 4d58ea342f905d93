"""What became of each row: exactly one of five, and why."""

import json
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from api.bulk.judging import Status
from api.imports.records import Record, readable


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a row: in which column, with which value. No column means the whole."""

    column: str
    value: str
    message: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.column}: {self.message}" if self.column else self.message


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one row."""

    row: int
    status: Status
    contact_id: UUID | None = None
    complaints: tuple[Complaint, ...] = ()
    sent: str | list[str] | None = None
    """The row as it was, if it failed."""

    @property
    def reason(self) -> str:
        """Why it was skipped or failed."""
        return "; ".join(map(str, self.complaints))


@dataclass(slots=True)
class Counts:
    """How many rows there are of each kind."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0

    def add(self, verdict: Verdict) -> None:
        """Count one more."""
        setattr(self, verdict.status, getattr(self, verdict.status) + 1)

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.values())

    def values(self) -> list[int]:
        """Return the five numbers in their order."""
        return [getattr(self, name) for name in STATUSES]


STATUSES = tuple(field.name for field in fields(Counts))


def failed(record: Record, *complaints: Complaint) -> Verdict:
    """Refuse a row."""
    sent = record.sent
    sent = readable(sent) if isinstance(sent, str) else list(map(readable, sent))
    return Verdict(record.number, "failed", complaints=complaints, sent=sent)


def quoted(value: Any) -> str:  # noqa: ANN401  # any JSON
    """Repeat a value in a report, or its beginning."""
    if value is None:
        return ""
    return readable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[
        :200
    ]
