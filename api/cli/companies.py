"""`contacts companies`: the tenants of this service."""

import json
import re
from typing import Annotated
from uuid import UUID

import phonenumbers
import typer
from rich.console import Console
from rich.table import Column, Table

from api.cli.options import AsJson, DataDir, connected, explained, plain
from api.companies import register

app = typer.Typer(
    help="Companies: the tenants, each with a log and keys of its own.", no_args_is_help=True
)

NAME = re.compile(r"\S(.{0,198}\S)?")


def valid_name(name: str) -> str:
    """Refuse a name that could not be shown or typed."""
    if NAME.fullmatch(name) is None or not name.isprintable() or is_id(name):
        raise typer.BadParameter("1 to 200 printable characters, no space around them, no UUID")
    return name


def is_id(name: str) -> bool:
    """Tell whether a name could be taken for a company's id."""
    try:
        UUID(name)
    except ValueError:
        return False
    return True


def valid_region(region: str) -> str:
    """Refuse a region that phone numbers do not know."""
    if region.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise typer.BadParameter("a country by its two letters, such as DE or US")
    return region.upper()


@app.command("create")
@explained
def create(
    name: Annotated[str, typer.Argument(callback=valid_name)],
    region: Annotated[
        str,
        typer.Option(
            callback=valid_region, help="Where phone numbers without a country code are from."
        ),
    ] = "DE",
    as_json: AsJson = False,  # a flag of the command line
    data_dir: DataDir = None,
) -> None:
    """Make a company."""
    with connected(data_dir, creating=True) as connection:
        company_id = register.create(connection, name, region)
    typer.echo(
        json.dumps({"id": str(company_id), "name": name, "region": region})
        if as_json
        else company_id
    )


@app.command("list")
@explained
def show(as_json: AsJson = False, data_dir: DataDir = None) -> None:  # a flag
    """List the companies."""
    with connected(data_dir) as connection:
        rows = register.everyone(connection)
    if as_json:
        names = ("id", "name", "region", "createdAt")
        typer.echo(json.dumps([dict(zip(names, map(plain, row), strict=True)) for row in rows]))
        return
    table = Table(Column("id", no_wrap=True), "name", "region", "created")
    for company_id, name, region, created_at in rows:
        table.add_row(str(company_id), name, region, f"{created_at:%Y-%m-%d %H:%M}")
    Console().print(table)
