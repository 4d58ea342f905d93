"""`contacts history`, `show`, `diff`, `explain` and `changes`: what happened, and how it was."""

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, get_args
from uuid import UUID

import typer
from psycopg import Connection
from pydantic.alias_generators import to_camel
from pydantic_core import to_json, to_jsonable_python
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from api.cli.options import AsJson, Company, ContactId, DataDir, connected, explained
from api.companies import register
from api.history import past, telling
from api.history.changes import Changed, changes
from api.history.differences import OPENED, Json
from api.history.instants import Point, exact, resolve
from api.history.printing import appointment, fields, submission, tell, visible
from api.history.telling import Explained
from api.imports.cells import joined
from api.imports.delimited import guarded

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
    contact_id: ContactId,
    company: Company = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Tell what happened to a contact: who did what, and old and new of every field."""
    with asking(data_dir, company) as (connection, company_id):
        events = telling.history(connection, company_id, contact_id)["events"]
    if as_json:
        echo_json({"contactId": contact_id, "events": events})
        return
    tell(Console(), events)


@explained
def show(
    contact_id: ContactId,
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
    columns = (Column(name, overflow="fold") for name in ("field", "value"))
    shown = Table(*columns, title=f"as of {place(point)}")
    for field, value in flat(content):
        shown.add_row(visible(field), visible(value))
    Console().print(shown)


@explained
def diff(  # noqa: PLR0913, PLR0917  # one for each option
    contact_id: ContactId,
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
    typer.echo(f"from {place(start)}\nto {place(end)}")
    console = Console()
    lines = list(fields(console, content["changes"])) or [Text("Nothing differs.")]
    console.print(*lines, sep="\n", soft_wrap=True)


@explained
def explain(
    contact_id: ContactId,
    name: Annotated[
        Explained,
        typer.Argument(metavar="NAME", help=f"One of {', '.join(get_args(Explained))}."),
    ],
    company: Company = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Tell the events that make a value what it is."""
    with asking(data_dir, company) as (connection, company_id):
        content = telling.explain(connection, company_id, contact_id, name)
    if as_json:
        echo_json(content)
        return
    typer.echo(f"{name}: {to_json(content['value']).decode()}")
    tell(Console(), content["events"])


@explained
def changed(
    since: Annotated[str | None, typer.Option("--from", help=f"{INSTANT} The first one.")] = None,
    until: Until = None,
    company: Company = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON for each.")] = False,
    data_dir: DataDir = None,
) -> None:
    """List who was changed between two times, when and by whom, as CSV."""
    with asking(data_dir, company) as (connection, company_id):
        start = None if since is None else resolve(connection, company_id, named(since), "--from")
        end = resolve(connection, company_id, named(until), "--to")
        found = changes(connection, company_id, start, end)
        if as_json:
            for one in found:
                echo_json({to_camel(name): value for name, value in one._asdict().items()})
            return
        writer = csv.writer(sys.stdout)
        writer.writerow(Changed._fields)
        writer.writerows((*map(guarded, map(str, one[:-1])), joined(one.fields)) for one in found)


def place(point: Point) -> str:
    """Say which position a time has named."""
    return f"position {point.position}, {exact(point.time)}"


def named(text: str | None) -> str | None:
    """Take a number for a position."""
    return f"position:{text}" if text is not None and text.isdecimal() else text


def echo_json(content: Json) -> None:
    """Print for other programs."""
    typer.echo(to_json(content).decode())


def flat(content: Json) -> Iterator[tuple[str, object]]:
    """Yield what is there, field by field."""
    for field, value in to_jsonable_python(content["item"]).items():
        if field in OPENED and value:
            yield from ((f"{field}.{n}", part) for n, part in value.items() if part is not None)
        elif value:
            yield field, value
    yield from ((f"appointment {one['id']}", appointment(one)) for one in content["appointments"])
    yield from ((f"form {one['id']}", submission(one)) for one in content["formSubmissions"])
