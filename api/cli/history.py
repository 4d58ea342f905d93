"""`contacts history`, `show`, `diff` and `changes`: what happened, and how things were."""

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from psycopg import Connection
from pydantic_core import to_json
from rich.console import Console
from rich.table import Table

from api.cli.options import AsJson, Company, DataDir, connected, explained
from api.companies import register
from api.history import past, telling
from api.history.changes import Changed, changes
from api.history.differences import Json
from api.history.instants import resolve
from api.history.printing import table, visible

A_PAGE = 500

INSTANT = "A time with an offset, as 2026-12-01T09:00:00Z, or a position of the log."
Since = Annotated[str, typer.Option("--from", help=INSTANT)]
Until = Annotated[str | None, typer.Option("--to", help=f"{INSTANT} Now if not given.")]


@contextmanager
def asking(data_dir: Path | None, company: str | None) -> Iterator[tuple[Connection[Any], UUID]]:
    """Connect, and find the company; each statement is a transaction of its own."""
    with connected(data_dir) as connection:
        connection.autocommit = True
        yield connection, register.find(connection, company)


@explained
def history(
    contact_id: UUID, company: Company = None, as_json: AsJson = False, data_dir: DataDir = None
) -> None:
    """Tell what happened to a contact: who did what, and old and new of every field."""
    with asking(data_dir, company) as (connection, company_id):
        events = [event for page in pages(connection, company_id, contact_id) for event in page]
    if as_json:
        echo_json({"contactId": contact_id, "events": events})
        return
    Console().print(table(events))


def pages(connection: Connection[Any], company_id: UUID, contact_id: UUID) -> Iterator[list[Json]]:
    """Yield the whole history, page by page."""
    after: int | None = 0
    while after is not None:
        page = telling.history(connection, company_id, contact_id, after, A_PAGE)
        yield page["events"]
        after = page["nextAfter"]


@explained
def show(
    contact_id: UUID,
    at: Annotated[str | None, typer.Option(help=f"{INSTANT} Now if not given.")] = None,
    company: Company = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Show a contact as it is, or as it was."""
    with asking(data_dir, company) as (connection, company_id):
        point = resolve(connection, company_id, named(at), "--at")
        content, _ = past.details_at(connection, company_id, contact_id, point)
    if as_json:
        echo_json(content)
        return
    fields = Table("field", "value", title=f"as of position {point.position}")
    for field, value in flat(content):
        fields.add_row(visible(field), visible(value))
    Console().print(fields)


@explained
def diff(  # noqa: PLR0913, PLR0917  # one for each option
    contact_id: UUID,
    since: Since,
    until: Until = None,
    company: Company = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Compare a contact at two times, field by field."""
    with asking(data_dir, company) as (connection, company_id):
        start = resolve(connection, company_id, named(since), "--from")
        end = resolve(connection, company_id, named(until), "--to")
        content = past.diff(connection, company_id, contact_id, start, end)
    if as_json:
        echo_json(content)
        return
    fields = Table("field", "old", "new")
    for change in content["changes"]:
        fields.add_row(*(visible(change[part]) for part in ("field", "old", "new")))
    Console().print(fields)


@explained
def changed(
    since: Annotated[str | None, typer.Option("--from", help=f"{INSTANT} The first one.")] = None,
    until: Until = None,
    company: Company = None,
    data_dir: DataDir = None,
) -> None:
    """List who was changed between two times, when and by whom, as CSV."""
    with asking(data_dir, company) as (connection, company_id):
        start = None if since is None else resolve(connection, company_id, named(since), "--from")
        end = resolve(connection, company_id, named(until), "--to")
        writer = csv.writer(sys.stdout)
        writer.writerow(Changed._fields)
        writer.writerows(changes(connection, company_id, start, end))


def named(text: str | None) -> str | None:
    """Take a number for a position."""
    return f"position:{text}" if text is not None and text.isdecimal() else text


def echo_json(content: Json) -> None:
    """Print for other programs."""
    typer.echo(to_json(content).decode())


def flat(content: Json) -> Iterator[tuple[str, object]]:
    """Yield what is there, field by field."""
    yield from ((field, value) for field, value in content["item"].items() if value)
    for place in content["appointments"]:
        yield f"appointment {place['id']}", place["start"]
    for form in content["formSubmissions"]:
        yield f"form {form['id']}", form["submittedAt"]
