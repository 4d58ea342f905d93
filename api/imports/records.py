"""What every kind of file is made of: records, and how they are called in reports."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

LONGEST = 16 * 1_048_576
"""Characters of the longest line, and of the longest cell, that is read."""

DAMAGED = "\udcff"
"""Stands for what the file's encoding cannot read, and for nothing else: no text has it."""

ERROR_COLUMN = "importError"
"""The column of an error file that says what is wrong; ignored when the file is imported again."""


@dataclass(frozen=True, slots=True)
class Record:
    """One contact as the file tells of it."""

    number: int
    """Counted from 1; the header and empty lines are no rows."""
    values: Mapping[str, Any]
    """Column → value: text, or whatever JSON has."""
    sent: str | list[str]
    """As it was: a text, or a list of cells."""
    wrong: str = ""
    """Why it cannot be read at all."""


def readable(text: str) -> str:
    """Return a text as it can be shown and kept."""
    return text.replace(DAMAGED, "\ufffd")


class Source(Protocol):
    """A file that is open, read once from its beginning."""

    kind: str
    """What it is, for people."""
    columns: list[str]
    """The columns, as far as they are known before all is read."""

    def __iter__(self) -> Iterator[Record]:
        """Yield the records in their order."""
