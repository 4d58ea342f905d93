"""`contacts export`: a company's contacts into a file."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from api.cli.filing import opened
from api.cli.options import Company, DataDir, connected, explained
from api.companies import register
from api.exports.desk import export as exported
from api.exports.formats import Format
from projections.contacts.question import Filter


@explained
def export(  # noqa: PLR0913, PLR0917  # each is an option
    file: Annotated[
        Path,
        typer.Argument(dir_okay=False, help="FILE.csv, .jsonl or .vcf; replaced when complete."),
    ],
    tags: Annotated[
        list[str] | None,
        typer.Option("--tags", help="Only contacts with this tag; may be repeated."),
    ] = None,
    owner: Annotated[UUID | None, typer.Option(help="Only contacts of this owner.")] = None,
    search: Annotated[str, typer.Option(help="Only contacts that a search finds.")] = "",
    at: Annotated[
        str | None, typer.Option(help="As they were: a time with an offset, or a position.")
    ] = None,
    company: Company = None,
    data_dir: DataDir = None,
) -> None:
    """Write a company's contacts into a file, all as of one instant."""
    try:
        form = Format(file.suffix.lower().removeprefix("."))
    except ValueError:
        raise typer.BadParameter("ends with .csv, .jsonl or .vcf", param_hint="FILE") from None
    as_of = f"position:{at}" if at is not None and at.isdigit() else at
    with connected(data_dir) as connection, opened(file) as out:
        connection.autocommit = True
        company_id = register.find(connection, company)
        wanted = Filter(search, tuple(tags or ()), "all", owner)
        written = exported(connection, company_id, None, out, form, wanted, as_of)
    typer.echo(f"{file}: {written:,} contacts", err=True)
