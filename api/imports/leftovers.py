"""Writes the rows that failed into a file that can be corrected and imported again."""

import csv
from collections.abc import Callable, Iterable
from typing import IO

from pydantic_core import from_json, to_json

from api.imports.delimited import Delimited, guarded
from api.imports.records import ERROR_COLUMN, Source
from api.imports.register import cells
from api.imports.vcard import ERROR_LINE, VCards
from api.imports.verdicts import Verdict

Write = Callable[[Verdict], None]


def writing(file: IO[str], source: Source) -> Write:
    """Return what writes failed rows as they were, each with the reason."""
    if isinstance(source, VCards):
        return lambda verdict: write_card(file, verdict)
    if isinstance(source, Delimited):
        return table(file, source.columns, source.delimiter)
    return lambda verdict: write_object(file, verdict)


def table(file: IO[str], columns: list[str], delimiter: str) -> Write:
    """Begin a table with the columns of the file, and one for the reason."""
    writer = csv.writer(file, delimiter=delimiter)
    kept = [column for column in columns if column != ERROR_COLUMN]
    file.write("\ufeff")
    writer.writerow([*map(guarded, kept), ERROR_COLUMN])

    def write(verdict: Verdict) -> None:
        sent = cells(verdict.sent or [])
        named = dict(zip(columns, sent, strict=False))
        given = [guarded(named.get(column, "")) for column in kept]
        more = [guarded(cell) for cell in sent[len(columns) :]]
        writer.writerow([*given, guarded(verdict.reason), *more])

    return write


def write_object(file: IO[str], verdict: Verdict) -> None:
    """Write a line; one that is no JSON object stays as it was, for somebody to look at."""
    text = str(verdict.sent or "")
    try:
        values = from_json(text)
    except ValueError:
        values = None
    if isinstance(values, dict):
        text = to_json({**values, ERROR_COLUMN: verdict.reason}).decode()
    file.write(text + "\n")


def write_card(file: IO[str], verdict: Verdict) -> None:
    """Write a card with one more line."""
    first, _, rest = str(verdict.sent or "").partition("\n")
    reason = verdict.reason.replace("\n", " ")
    file.write(f"{first.rstrip()}\r\n{ERROR_LINE}:{reason}\r\n{rest}")


def write_complaints(file: IO[str], verdicts: Iterable[Verdict]) -> None:
    """Write what is wrong, a line for each mistake, as a table of its own."""
    writer = csv.writer(file)
    file.write("\ufeff")
    writer.writerow(("row", "column", "value", "reason"))
    for verdict in verdicts:
        for wrong in verdict.complaints:
            texts = (wrong.column, wrong.value, wrong.message)
            writer.writerow((verdict.row, *map(guarded, texts)))
