"""`contacts projections`: how the read model is, and how it is made anew without an outage."""

import json
import os
from typing import Annotated
from uuid import UUID

import typer

from api.cli.options import AsJson, DataDir, explained, located
from api.cli.progress import shown
from api.cli.reports import show_report, show_state
from api.database import editing, rebuilding
from api.rebuilds import journal
from api.rebuilds.rendering import healthy, of_report, of_state
from projections.rebuild.errors import Poisoned, RebuildError
from projections.rebuild.rebuilding import rebuild, rollback
from projections.rebuild.repairing import repair
from projections.rebuild.reporting import Report, Wish
from projections.state import measure

app = typer.Typer(
    help="The read model: how it is, and how it is made anew from the log.", no_args_is_help=True
)

NOT_PROVED = 1
"""Exit code: something is wrong, and the report says what."""


@app.command("status")
@explained
def show_status(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Measure the read model against the log; exit code 1 when it is behind or different."""
    with located(data_dir) as url, editing(url) as connection:
        state = measure(connection)
        rebuilt = journal.last(connection, "rebuild", "rollback")
        compared = journal.last(connection, "rebuild", "rollback", "verify")
    if as_json:
        typer.echo(json.dumps(of_state(state, rebuilt, compared)))
    else:
        show_state(state, rebuilt, compared)
    if not healthy(state, compared):
        raise typer.Exit(NOT_PROVED)


@app.command("rebuild")
@explained
def make_anew(  # noqa: PLR0913  # one for each option
    *,
    jobs: Annotated[
        int | None, typer.Option(min=1, max=64, help="Worker processes. One for each core.")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="All but the switch; exit code 1 on a difference.")
    ] = False,
    contact: Annotated[
        UUID | None, typer.Option(help="Repair the rows of this contact only, in place.")
    ] = None,
    skip_broken: Annotated[
        bool, typer.Option("--skip-broken", help="Leave out events that cannot be digested.")
    ] = False,
    accept_broken: Annotated[
        bool, typer.Option("--accept-broken", help="Switch although events were left out.")
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Build the read model anew beside the live one, compare both, and switch."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    wish = Wish(jobs or cores or 1, verify, skip_broken or accept_broken, accept_broken)
    if contact is not None and wish != Wish(wish.jobs):
        raise typer.BadParameter("goes with none of the other options", param_hint="--contact")
    with located(data_dir) as url:
        if contact is not None:
            mend(url, contact, as_json=as_json)
            return
        try:
            with shown() as tell:
                report = rebuild(rebuilding(url), wish, tell)
        except Poisoned as found:
            raise RebuildError(f"{found}; --skip-broken leaves such events out") from found
        finish(url, "verify" if verify else "rebuild", report, as_json=as_json)
    if not report.proved if verify else report.switched is None:
        raise typer.Exit(NOT_PROVED)


@app.command("rollback")
@explained
def go_back(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Switch back to the read model from before; run the version that built it."""
    with located(data_dir) as url:
        with shown() as tell:
            report = rollback(rebuilding(url), tell)
        finish(url, "rollback", report, as_json=as_json)


def finish(url: str, kind: str, report: Report, *, as_json: bool) -> None:
    """Note what came of it, and say so."""
    rendered = of_report(report)
    with editing(url) as connection:
        journal.note(connection, kind, rendered)
    if as_json:
        typer.echo(json.dumps(rendered))
    else:
        show_report(kind, report)


def mend(url: str, contact_id: UUID, *, as_json: bool) -> None:
    """Repair one contact, and say what was wrong."""
    repaired = repair(rebuilding(url), contact_id)
    if as_json:
        company = str(repaired.company_id)
        found = {"contactId": str(contact_id), "companyId": company, "wrong": repaired.wrong}
        typer.echo(json.dumps(found))
    elif repaired.wrong:
        typer.echo(f"{contact_id}: rows were wrong in {', '.join(repaired.wrong)}; repaired.")
    else:
        typer.echo(f"{contact_id}: all rows were right.")
