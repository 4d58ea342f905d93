"""Reads JSON lines: an object a line."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import TextIO

from pydantic_core import from_json

from api.imports.inspection import UnreadableFile
from api.imports.records import DAMAGED, ERROR_COLUMN, LONGEST, Record

SAMPLE_ROWS = 100


class JsonLines:
    """A file with an object a line."""

    kind = "JSON lines"

    def __init__(self, text: TextIO) -> None:
        """Look at the first rows for the names of the columns."""
        self._text = text
        names = (name for record in islice(self, SAMPLE_ROWS) for name in record.values)
        self.columns = list(dict.fromkeys(names))

    def __iter__(self) -> Iterator[Record]:
        """Yield a record for each line that is not empty."""
        self._text.seek(0)
        number = 0
        while line := self._text.readline(LONGEST):
            if len(line) == LONGEST:
                raise UnreadableFile(f"row {number + 1} is longer than {LONGEST} characters")
            if line.strip():
                number += 1
                yield record(number, line.strip())


def record(number: int, line: str) -> Record:
    """Parse a line."""
    try:
        values = json.loads(line) if DAMAGED in line else from_json(line, allow_inf_nan=False)
    except ValueError:
        return Record(number, {}, line, "the row is not valid JSON")
    if not isinstance(values, dict):
        return Record(number, {}, line, "the row is no JSON object")
    values.pop(ERROR_COLUMN, None)
    return Record(number, values, line)
