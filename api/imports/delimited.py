"""Reads CSV and TSV: delimiters, quotation marks, headers, and lines that were cut off."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from typing import TextIO

from api.imports.inspection import UnreadableFile
from api.imports.lines import Rows, is_blank
from api.imports.records import ERROR_COLUMN, Record, readable

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
SAMPLE_CHARACTERS = 65_536
SAMPLE_ROWS = 50

QUOTED = re.compile(r'"(?:[^"]|"")*+"')
"""What stands between quotation marks, of which two stand for one."""

GUARDED = re.compile(r"'*[=+\-@\t\r]")
"""What a spreadsheet takes for a formula, behind the apostrophes that keep it from that."""


def guarded(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would run."""
    return f"'{cell}" if GUARDED.match(cell) else cell


def unguarded(cell: str) -> str:
    """Take that apostrophe off again."""
    return cell[1:] if cell.startswith("'") and GUARDED.match(cell) else cell


class Delimited:
    """A table with a header."""

    def __init__(self, text: TextIO, *, complete: bool) -> None:
        """`complete` tells whether the file ends with the end of a line."""
        self._complete = complete
        sample, start = text.read(SAMPLE_CHARACTERS), 0
        if named := re.match(r"sep=([,;\t|])\r?\n", sample, re.IGNORECASE):
            start = named.end()
        self.delimiter = named[1] if named else likeliest(sample)
        self.kind = f"a table separated by {DELIMITERS[self.delimiter]}"
        text.seek(0)
        text.read(start)
        self._table = Rows(text, self.delimiter, spaced=is_spaced(sample, self.delimiter))
        self._rows = iter(self._table)
        self.columns = unique(self._header())

    def _header(self) -> list[str]:
        header, wrong = next(self._rows, ([], "the file has no header"))
        if wrong:
            raise UnreadableFile(f"{wrong} in the header" if header else wrong)
        return [readable(unguarded(cell)) for cell in header]

    def __iter__(self) -> Iterator[Record]:
        """Yield a record for each row that is not empty; of the last one, whether it is whole."""
        number, before, wrong = 0, list[str](), ""
        for cells, why in self._rows:
            if before:
                number += 1
                yield self._record(number, before, wrong)
            before, wrong = [unguarded(cell) for cell in cells], why or self._why_doubted(cells)
        if before:
            yield self._record(number + 1, before, wrong or self._why_cut(before))

    def _why_doubted(self, cells: list[str]) -> str:
        """Refuse what may be a piece of a row, once nobody knows where rows begin."""
        if not self._table.broken or len(cells) == len(self.columns):
            return ""
        found = f"the row has {len(cells)} cells, the header {len(self.columns)}"
        return f"{found}, behind a quotation mark that is not closed"

    def _why_cut(self, cells: list[str]) -> str:
        """Say what is missing at the end of the file, if anything is."""
        if len(cells) < len(self.columns) and not self._complete:
            return f"the row is cut off: {len(cells)} cells of {len(self.columns)}"
        return ""

    def _record(self, number: int, cells: list[str], wrong: str) -> Record:
        width = len(self.columns)
        if len(cells) > width and not is_blank(cells[width:]):
            wrong = wrong or f"the row has {len(cells)} cells, the header {width}"
        values = {
            column: cell
            for column, cell in zip(self.columns, cells, strict=False)
            if cell and column != ERROR_COLUMN
        }
        return Record(number, values, cells, wrong)


def unique(names: list[str]) -> list[str]:
    """Give each column a name of its own: its header, with a number where it is there already."""
    seen: Counter[str] = Counter()
    columns = []
    for place, header in enumerate(names, start=1):
        name = " ".join(header.replace("\0", "").split()) or f"column {place}"
        seen[name] += 1
        columns.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return columns


def is_spaced(sample: str, delimiter: str) -> bool:
    """Tell whether blanks stand before quotation marks that open a cell, not just inside cells."""
    return re.search(re.escape(delimiter) + ' +"', QUOTED.sub('"', sample)) is not None


def likeliest(sample: str) -> str:
    """Return the delimiter by which most rows have as many cells as the header."""
    return max(DELIMITERS, key=lambda delimiter: evenness(sample, delimiter))


def evenness(sample: str, delimiter: str) -> tuple[bool, float, int]:
    """Rate a delimiter: does it divide at all, which share of the rows alike, into how many."""
    rows: list[list[str]] = []
    try:
        for cells in csv.reader(StringIO(sample, newline=""), delimiter=delimiter):
            if cells:
                rows.append(cells)
            if len(rows) > SAMPLE_ROWS:
                break
    except csv.Error:
        return False, 0.0, 0
    width = len(rows[0]) if rows else 0
    alike = sum(len(cells) == width for cells in rows)
    return width > 1, alike / max(1, len(rows)), width
