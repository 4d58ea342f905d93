"""`contacts intake`: the schedulers whose webhooks make contacts, and what they sent in vain."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Column, Table

from api.bootstrap import intake_desk
from api.cli.options import (
    AsJson,
    Company,
    DataDir,
    connected,
    explained,
    located,
    plain,
    settings_with,
)
from api.companies import register as companies
from api.intake import register
from api.intake import rejected as kept
from api.intake.inbox import State, Verdict
from api.intake.register import Access, IntakeError
from api.intake.sources import SOURCES
from api.migrations import check
from api.settings import Settings
from api.whereabouts import address

app = typer.Typer(
    help="Webhooks of schedulers: who may send, and what is kept of it.", no_args_is_help=True
)

HOUR, DAY = 60, 24 * 60  # in minutes
KINDS = ", ".join(SOURCES)
Secret = Annotated[
    str | None, typer.Option("--secret", help="What the scheduler signs with; made if not given.")
]


def known_kind(kind: str) -> str:
    """Refuse a scheduler that the service does not understand."""
    if kind not in SOURCES:
        raise typer.BadParameter(f"one of {KINDS}")
    return kind


def signing_secret(kind: str, secret: str | None, *, unsigned: bool) -> str | None:
    """Return what the source is to sign with, or refuse."""
    if kind == "calcom" and unsigned and secret is None:
        return None
    if unsigned:
        raise typer.BadParameter("only calcom, and not with --secret", param_hint="--unsigned")
    if not SOURCES[kind].signed:
        if secret is not None:
            raise typer.BadParameter(f"{kind} signs nothing", param_hint="--secret")
        return None
    if secret is not None and not secret.strip():
        raise typer.BadParameter("must not be blank", param_hint="--secret")
    return secret or register.new_secret()


@app.command("add")
@explained
def add(  # noqa: PLR0913, PLR0917  # one for each option
    kind: Annotated[str, typer.Argument(metavar="SOURCE", help=KINDS, callback=known_kind)],
    company: Company = None,
    secret: Secret = None,
    unsigned: Annotated[
        bool, typer.Option("--unsigned", help="Cal.com without a secret: the URL is all there is.")
    ] = False,
    as_json: AsJson = False,  # a flag of the command line
    data_dir: DataDir = None,
) -> None:
    """Add a source, and print this once the URL to paste and the secret to sign with."""
    signs_with = signing_secret(kind, secret, unsigned=unsigned)
    with connected(data_dir) as connection:
        company_id = companies.find(connection, company)
        access = register.add(connection, company_id, kind, signs_with)
    tell(access, data_dir, as_json=as_json)


@app.command("list")
@explained
def show(company: Company = None, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List a company's sources."""
    with connected(data_dir) as connection:
        rows = register.of_company(connection, companies.find(connection, company))
    if as_json:
        names = ("id", "source", "signed", "createdAt", "disabledAt")
        typer.echo(json.dumps([named(names, row) for row in rows]))
        return
    table = Table(Column("id", no_wrap=True), "source", "signed", "created", "disabled")
    for source_id, kind, signed, *moments in rows:
        shown = [f"{moment:%Y-%m-%d %H:%M}" if moment else "" for moment in moments]
        table.add_row(str(source_id), kind, "yes" if signed else "no", *shown)
    Console().print(table)


@app.command("disable")
@explained
def disable(source_id: UUID, company: Company = None, data_dir: DataDir = None) -> None:
    """Let a source send no more; what it sent stays."""
    with connected(data_dir) as connection:
        register.disable(connection, companies.find(connection, company), source_id)
    typer.echo(f"{source_id} is disabled.")


@app.command("rotate")
@explained
def rotate(
    source_id: UUID,
    company: Company = None,
    secret: Secret = None,
    as_json: AsJson = False,  # a flag of the command line
    data_dir: DataDir = None,
) -> None:
    """Give a source a new URL and, if it signs, a new secret; the old ones end at once."""
    with connected(data_dir) as connection:
        company_id = companies.find(connection, company)
        access = register.rotate(connection, company_id, source_id, secret)
    tell(access, data_dir, as_json=as_json)


@app.command("rejected")
@explained
def rejected(company: Company = None, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List deliveries that are not done: rejected, or waiting for their booking."""
    with connected(data_dir) as connection:
        rows = kept.of_company(connection, companies.find(connection, company))
    if as_json:
        names = ("id", "source", "state", "reason", "receivedAt", "attempts", "replayable")
        typer.echo(json.dumps([named(names, row) for row in rows]))
        return
    columns = [Column(name, no_wrap=True) for name in ("id", "source", "state")]
    table = Table(*columns, "reason", "age", "attempts")
    for delivery_id, kind, state, reason, received_at, attempts, _ in rows:
        table.add_row(str(delivery_id), kind, state, reason, age(received_at), str(attempts))
    Console().print(table)


@app.command("replay")
@explained
def replay(
    delivery_id: Annotated[UUID | None, typer.Argument(help="All of them if not given.")] = None,
    company: Company = None,
    as_json: AsJson = False,  # a flag of the command line
    data_dir: DataDir = None,
) -> None:
    """Try again what is not done, as after an update that understands more."""
    with connected(data_dir) as connection:
        company_id = companies.find(connection, company)
    with located(data_dir) as url:
        check(url)
        verdicts = asyncio.run(replayed(url, company_id, delivery_id))
    if delivery_id is not None and not verdicts:
        raise IntakeError(f"this company has no delivery {delivery_id} that could be tried again")
    counts = {state: sum(one.state is state for one in verdicts) for state in OUTCOMES}
    if as_json:
        typer.echo(json.dumps(counts))
    else:
        typer.echo(", ".join(f"{count} {state}" for state, count in counts.items()) + ".")


OUTCOMES = (State.DONE, State.WAITING, State.REJECTED)


async def replayed(url: str, company_id: UUID, delivery_id: UUID | None) -> list[Verdict]:
    """Do what the service does with a delivery, in this process."""
    async with intake_desk(Settings(), url) as desk:
        return await desk.replay(company_id, delivery_id)


def tell(access: Access, data_dir: Path | None, *, as_json: bool) -> None:
    """Print what goes into the scheduler's settings."""
    url = f"{address(settings_with(data_dir=data_dir))}/intake/{access.kind}/{access.token}"
    if as_json:
        shown = {"id": str(access.source_id), "source": access.kind, "url": url}
        typer.echo(json.dumps({**shown, "secret": access.secret}))
        return
    typer.echo(f"source {access.source_id}, shown only now:", err=True)
    typer.echo(url)
    if access.secret is not None:
        typer.echo("secret to sign with:", err=True)
        typer.echo(access.secret)


def named(names: tuple[str, ...], row: tuple[Any, ...]) -> dict[str, object]:
    """Return a row as JSON shows it."""
    values = (value if isinstance(value, bool | int) else plain(value) for value in row)
    return dict(zip(names, values, strict=True))


def age(moment: datetime) -> str:
    """Say how long ago it was, roughly."""
    minutes = int((datetime.now(UTC) - moment).total_seconds() // 60)
    if minutes < HOUR:
        return f"{minutes} min"
    return f"{minutes // HOUR} h" if minutes < 2 * DAY else f"{minutes // DAY} d"
