"""`contacts report`: all that is kept of one person, in one file to hand out."""

import json
import zipfile
from pathlib import Path
from typing import Annotated

import typer

from api.cli.filing import completed
from api.cli.options import AsJson, Company, ContactId, DataDir, connected, explained
from api.companies import register
from api.reports.contents import report as collected


@explained
def report(
    contact_id: ContactId,
    output: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False, help="FILE.zip, replaced when complete. Default: report-ID.zip"
        ),
    ] = None,
    company: Company = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Write all that is kept of a person, and who got it, into one zip file."""
    target = output or Path(f"report-{contact_id}.zip")
    with connected(data_dir) as connection:
        made = collected(connection, register.find(connection, company), contact_id)
    write(target, made.files)
    if as_json:
        content = {"file": str(target), "position": made.position, "files": list(made.files)}
        typer.echo(json.dumps({**content, "deliveriesOfSeveral": made.of_several}))
        return
    typer.echo(f"{target}: {len(made.files)} files, as of position {made.position}", err=True)
    if made.of_several:
        told = f"deliveries that speak of others too: {made.of_several}; remove what is theirs"
        typer.echo(told, err=True)


def write(target: Path, contents: dict[str, bytes]) -> None:
    """Write the zip file, which its owner alone can read."""
    with completed(target) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
