"""`contacts replay`: a company's contacts as they were, for an auditor or an analyst."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.filing import opened
from api.cli.options import Company, DataDir, connected, explained
from api.companies import register
from api.exports.desk import export
from api.exports.formats import Format
from api.history.instants import exact, resolve
from api.problems import FieldError
from domain.errors import DomainError
from projections.contacts.question import Filter

FORMATS = {".jsonl": Format.JSONL, ".csv": Format.CSV}


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
    form = FORMATS.get(into.suffix.lower())
    if form is None:
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
            number = export(connection, company_id, None, file, form, Filter(), wanted)
    when = f"position {point.position}, {exact(point.time)}"
    typer.echo(f"{into}: {number} contacts as of {when}", err=True)
