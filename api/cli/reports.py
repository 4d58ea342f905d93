"""What `contacts projections` tells people."""

from datetime import UTC, datetime, timedelta

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.table import Column, Table

from api.rebuilds.journal import Entry
from projections.rebuild.reporting import Report
from projections.state import State

MOST = 20
"""Companies, and poison events, that are shown."""

ENDINGS = {
    "rebuild": "The rebuilt read model is live; the one before is kept for `projections rollback`.",
    "rollback": "The read model from before is live again; the other one is kept.",
}


def show_report(kind: str, report: Report) -> None:
    """Say what came of a rebuild."""
    typer.echo(speed(report))
    Console().print(differences(report))
    if alone := columns_of_one(report):
        typer.echo(f"Columns that only one of both has, not compared: {', '.join(alone)}.")
    if not report.same_code:
        typer.echo("Other code built the live read model: rows that differ are its changes.")
    if report.comparison.left_out:
        typer.echo(f"{len(report.comparison.left_out)} contacts changed too fast to be compared.")
    for broken in report.broken[:MOST]:
        typer.echo(str(broken))
    if len(report.broken) > MOST:
        typer.echo(f"and {len(report.broken) - MOST} more broken events")
    typer.echo(ending(kind, report))


def speed(report: Report) -> str:
    """Say how long it took; the way back reads only what is new, so it has no speed."""
    events, seconds = f"{report.events:,} events", f"{report.seconds:,.1f} s"
    if not report.loading_seconds:
        return f"Up to date with {events} in {seconds}"
    return f"{events} in {seconds} ({report.events / report.loading_seconds:,.0f} a second)"


def columns_of_one(report: Report) -> list[str]:
    """Return the columns that a changed projection has more, or no more."""
    tables = report.comparison.tables.items()
    return [f"{name}.{column}" for name, found in tables for column in found.columns]


def differences(report: Report) -> Table:
    """Return the tables with the rows that differ."""
    number = {"justify": "right"}
    table = Table(
        "table",
        Column("rows", **number),  # type: ignore[arg-type]  # rich knows the word
        Column("different" if report.same_code else "changed", **number),  # type: ignore[arg-type]
        "contacts",
    )
    for name, found in report.comparison.tables.items():
        named = "\n".join(map(str, found.first))
        table.add_row(name, f"{found.rows:,}", f"{found.different:,}", named)
    return table


def ending(kind: str, report: Report) -> str:
    """Say whether there was a switch, and what it meant to writers."""
    if report.switched is not None:
        waited = 1000 * report.switched.writers_waited
        return f"Writers waited {waited:,.0f} ms. {ENDINGS[kind]}"
    if kind == "verify" and not report.proved:
        return "Nothing was switched; see above what is wrong."
    if kind == "verify" and not report.same_code:
        return f"Nothing was switched; {report.comparison.different:,} rows would change."
    if kind == "verify":
        return "Nothing was switched; all rows are what the log says."
    return "Events were left out, so nothing was switched; --accept-broken does it all the same."


def show_state(state: State, rebuilt: Entry | None, compared: Entry | None) -> None:
    """Say how the read model is."""
    console = Console()
    if state.fingerprint == state.fingerprint_of_code:
        typer.echo(f"This version built the read model ({state.fingerprint}).")
    else:
        typer.echo(
            f"Another version built the read model ({state.fingerprint}, "
            f"this one is {state.fingerprint_of_code})."
        )
    console.print(projections(state))
    console.print(companies(state))
    typer.echo(f"{len(state.companies):,} companies, {len(state.behind):,} behind.")
    typer.echo(f"Measured {ago(state.measured_at)}.")
    typer.echo(f"Last rebuild: {told(rebuilt)}.")
    typer.echo(f"Last compared with the log: {told(compared)}.")
    if compared and compared.doubts(state.built_at):
        typer.echo("That counts until the next comparison; `contacts projections rebuild`.")
    if state.rebuilding:
        typer.echo(f"A rebuild is running: {state.rebuilding}.")
    if state.leftover:
        typer.echo("An interrupted rebuild left tables; the next one removes them.")
    if state.previous:
        typer.echo("The read model from before is kept; `contacts projections rollback`.")


def projections(state: State) -> Table:
    """Return the projections as a table."""
    table = Table("projection", "version", "of this code", "rows, about", "size")
    for one in state.projections:
        version = "?" if one.version is None else str(one.version)
        table.add_row(
            one.name, version, str(one.version_of_code), f"{one.rows:,}", decimal(one.size)
        )
    return table


def companies(state: State) -> Table:
    """Return the companies as a table, those that are behind first."""
    table = Table(Column("company", no_wrap=True), "head", "position", "behind")
    for one in state.companies[:MOST]:
        behind = one.head - one.position
        table.add_row(str(one.company_id), f"{one.head:,}", f"{one.position:,}", f"{behind:,}")
    return table


def told(entry: Entry | None) -> str:
    """Say when it was and what came of it."""
    if entry is None:
        return "never"
    result = "nothing wrong" if entry.report["proved"] else "not all was right"
    rows = f"{entry.report['different']:,} rows differed"
    return f"{ago(entry.ended_at)} ({entry.kind}; {rows}, {result})"


def ago(moment: datetime) -> str:
    """Say how long ago it was."""
    passed = datetime.now(UTC) - moment
    age = str(timedelta(seconds=max(0, round(passed.total_seconds()))))
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, {age} ago"
