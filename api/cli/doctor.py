"""`contacts doctor`: finds what is wrong before a customer does."""

import json

import typer
from rich.console import Console
from rich.table import Table

from api.cli.options import AsJson, DataDir, explained, settings_with
from api.database import database
from api.doctor.examination import examine
from api.doctor.finding import Finding, Level, wrong
from api.embedded import EmbeddedError
from api.settings import Settings

STYLES = {Level.FINE: "green", Level.NOTE: "yellow", Level.WRONG: "bold red"}
UNHEALTHY = 1


@explained
def doctor(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Examine settings, disk, server and log; exit code 1 when something is wrong."""
    findings = examined(settings_with(data_dir=data_dir))
    if as_json:
        fields = [{"about": f.about, "level": f.level, "said": f.said} for f in findings]
        typer.echo(json.dumps({"healthy": healthy(findings), "findings": fields}))
    else:
        show(findings)
    if not healthy(findings):
        raise typer.Exit(UNHEALTHY)


def examined(settings: Settings) -> list[Finding]:
    """Return all that was found, with or without a database."""
    if settings.database_url is None and not settings.data_dir.exists():
        said = f"there is no data in {settings.data_dir}; `contacts serve` makes it"
        return [wrong("database", said)]
    try:
        with database(settings) as url:
            return list(examine(settings, url))
    except EmbeddedError as failure:
        return [wrong("database", str(failure))]


def healthy(findings: list[Finding]) -> bool:
    """Tell whether nothing is wrong."""
    return all(finding.level is not Level.WRONG for finding in findings)


def show(findings: list[Finding]) -> None:
    """Print a line for each."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in findings:
        style = STYLES[finding.level]
        table.add_row(f"[{style}]{finding.level}[/]", finding.about, finding.said)
    Console().print(table)
