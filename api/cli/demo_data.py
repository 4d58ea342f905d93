"""`contacts demo-data`: made-up people with real histories."""

from random import Random
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from api.cli.options import DataDir, connected, explained
from api.companies import register
from api.demo_data.load import load, plans


@explained
def demo_data(
    contacts: Annotated[int, typer.Option(min=1, max=10_000_000)] = 1_000,
    events: Annotated[
        int | None, typer.Option(min=1, help="Two and a half for each contact if not given.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same people.")] = 1,
    data_dir: DataDir = None,
) -> None:
    """Make up people of many countries in companies of their own, written as real events."""
    wanted = contacts * 5 // 2 if events is None else events
    if wanted < contacts:
        raise typer.BadParameter("each contact needs an event", param_hint="--events")
    columns = (TextColumn("contacts"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with connected(data_dir, creating=True) as connection, Progress(*columns) as progress:
        task = progress.add_task("", total=contacts)
        connection.autocommit = True
        written = 0
        for plan in plans(contacts, wanted):
            company_id = register.create(connection, f"Demo {seed}-{plan.rank}", "DE")
            random = Random(f"{seed}/{plan.rank}")  # noqa: S311  # made-up people, not keys
            written += load(
                connection, company_id, plan, random, lambda made: progress.advance(task, made)
            )
    typer.echo(f"{contacts} contacts with {written} events, in companies Demo {seed}-1 and on.")
    typer.echo(f"To look at them: contacts keys create --company 'Demo {seed}-1'")
