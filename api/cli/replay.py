"""`contacts replay`: a company's contacts as they were, for an auditor or an analyst."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Annotated, Any
from uuid import UUID

import typer
from psycopg import Connection
from pydantic_core import to_json

from api.cli.options import Company, DataDir, connected, explained
from api.companies import register
from api.contacts import rendering
from api.files import written
from api.history.instants import exact, resolve
from api.problems import FieldError
from api.reports.disclosures import Disclosure, note
from domain.errors import DomainError
from projections.contacts.projector import ContactRow
from projections.inline import CONTACTS
from projections.replay import contacts_at

Item = dict[str, Any]
Write = Callable[[Item], object]


@explained
def replay(
    at: Annotated[str, typer.Option(help="A time with an offset, or a position of the log.")],
    into: Annotated[Path, typer.Option(help="FILE.jsonl or FILE.csv; replaced when complete.")],
    company: Company = None,
    data_dir: DataDir = None,
) -> None:
    """Write a company's contacts as they were at a time or position of its log.

    Deleted contacts are not shown, as in a list; nor are those that were erased since.
    """
    if into.suffix not in WRITERS:
        raise typer.BadParameter("ends with .jsonl or .csv", param_hint="--into")
    with connected(data_dir) as connection:
        connection.autocommit = True
        company_id = register.find(connection, company)
        try:
            wanted = f"position:{at}" if at.isdigit() else at
            point = resolve(connection, company_id, wanted, "--at")
        except (FieldError, DomainError) as wrong:
            raise typer.BadParameter(wrong.message, param_hint="--at") from None
        with opened(into) as file:
            write = WRITERS[into.suffix](file)
            number = 0
            for number, item in items(connection, company_id, point.position):  # noqa: B007
                write(item)
            note(connection, Disclosure(company_id, "export", None, point.position))
    when = f"position {point.position}, {exact(point.time)}"
    typer.echo(f"{into}: {number} contacts as of {when}", err=True)


def items(
    connection: Connection[Any], company_id: UUID, position: int
) -> Iterator[tuple[int, Item]]:
    """Render the contacts as the API does, one after the other."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for number, rows in enumerate(contacts_at(connection, company_id, position), start=1):
            yield number, rendering.contact(rows.of(CONTACTS)[()], rows.contact_id)


@contextmanager
def opened(path: Path) -> Iterator[IO[str]]:
    """Lend the file for text; it takes its place when complete, and others may not read it."""
    with written(path) as file:
        text = TextIOWrapper(file, encoding="utf-8", newline="")
        try:
            yield text
        finally:
            text.detach()


def json_lines(file: IO[str]) -> Write:
    """Write a JSON object a line."""
    return lambda item: file.write(to_json(item).decode() + "\n")


def comma_separated(file: IO[str]) -> Write:
    """Write a line of values; what is no single value stands there as JSON."""
    writer = csv.writer(file)
    writer.writerow(rendering.contact(ContactRow(), None))

    def write(item: Item) -> None:
        writer.writerow(
            value if isinstance(value, str | int | UUID | None) else to_json(value).decode()
            for value in item.values()
        )

    return write


WRITERS: dict[str, Callable[[IO[str]], Write]] = {".jsonl": json_lines, ".csv": comma_separated}
