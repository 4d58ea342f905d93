"""Reads the rows of a table, and goes on behind one whose quotation mark is never closed."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TextIO

from api.imports.records import LONGEST

NOT_CLOSED = "a quotation mark is not closed where its cell ends"
SHOWN_CHARACTERS = 1_000
"""How much is repeated of a line that is too long."""


class Lines:
    """The lines of a file, of which those of the row under way are remembered."""

    def __init__(self, text: TextIO) -> None:
        """Read `text` from where it is."""
        self.text = text
        self.recent: list[str] = []
        self.again: deque[str] = deque()
        """Lines to be read once more."""
        self.ended = False
        """Whether somebody has asked for a line behind the last one."""

    def __iter__(self) -> Iterator[str]:
        """Yield lines with their ends."""
        while line := self.again.popleft() if self.again else self.text.readline(LONGEST):
            self.recent.append(line)
            yield line
        self.ended = True


class Rows:
    """The rows of a table; empty ones are left out.

    A quotation mark that is never closed would swallow what follows, up to the next one or to the
    end. So only the line with which its row begins is bad, and reading goes on with the next line.
    """

    def __init__(self, text: TextIO, delimiter: str, *, spaced: bool) -> None:
        """Read `text` from where it is; with `spaced`, space before quotation marks is no text."""
        csv.field_size_limit(LONGEST)
        self.broken = False
        """Whether there was such a row, so that nobody knows for certain where others begin."""
        self._delimiter = delimiter
        self._spaced = spaced
        self._lines = Lines(text)
        self._reader = self._read(self._lines)

    def __iter__(self) -> Iterator[tuple[list[str], str]]:
        """Yield the cells of each row, and what is wrong with it."""
        while (cells := self._next()) is not None:
            if self._lines.ended or not self._whole():
                yield self._resumed(), NOT_CLOSED
            elif not is_blank(cells):
                yield cells, ""

    def _next(self) -> list[str] | None:
        self._lines.recent = []
        try:
            return next(self._reader, None)
        except csv.Error:  # a cell is longer than any may be
            self._lines.ended = True
            return []

    def _whole(self) -> bool:
        """Tell whether a row of several lines is one: its quotation marks stand where they may."""
        if len(self._lines.recent) == 1:
            return True
        try:
            return bool(list(self._read(self._lines.recent, strict=True)))
        except csv.Error:
            return False

    def _resumed(self) -> list[str]:
        """Return what stands in the first line of the bad row, and go on behind it."""
        first, *others = self._lines.recent
        if len(first) == LONGEST:
            first = first[:SHOWN_CHARACTERS]
        self.broken, self._lines.ended = True, False
        self._lines.again.extendleft(reversed(others))
        self._reader = self._read(self._lines)
        return next(self._read([first.rstrip("\r\n")]))

    def _read(self, lines: Iterable[str], *, strict: bool = False) -> Iterator[list[str]]:
        return csv.reader(
            lines, delimiter=self._delimiter, skipinitialspace=self._spaced, strict=strict
        )


def is_blank(cells: list[str]) -> bool:
    """Tell whether nothing stands in a row."""
    return not any(cell.strip() for cell in cells)
