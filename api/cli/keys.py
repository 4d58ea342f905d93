"""`contacts keys`: who may call, and what they may do."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from api.cli.options import AsJson, Company, DataDir, connected, explained, plain
from api.companies import register
from api.keys import keyring
from api.keys.keyring import Scope

app = typer.Typer(help="API keys: who calls, and what they may do.", no_args_is_help=True)

EVERYTHING = ",".join(Scope)
MAX_NAME = 100


def parsed_scopes(text: str) -> list[str]:
    """Read `contacts:read,contacts:write`."""
    scopes = [scope.strip() for scope in text.split(",") if scope.strip()]
    unknown = [scope for scope in scopes if scope not in set(Scope)]
    if unknown or not scopes:
        raise typer.BadParameter(f"any of {EVERYTHING}, separated by commas", param_hint="--scopes")
    return scopes


def valid_name(name: str | None) -> str | None:
    """Refuse a name that could not be shown on a line."""
    if name is not None and (not name.strip() or len(name) > MAX_NAME or not name.isprintable()):
        raise typer.BadParameter(f"1 to {MAX_NAME} printable characters")
    return name


def parsed_expiry(text: str | None, option: str = "--expires") -> datetime | None:
    """Read `90d`, or a time in ISO 8601, which must lie ahead."""
    if text is None:
        return None
    now = datetime.now(UTC)
    try:
        days = text.removesuffix("d")
        if text.endswith("d") and days.isdigit():
            moment = now + timedelta(days=int(days))
        else:
            moment = datetime.fromisoformat(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        moment = now
    if moment <= now:
        raise typer.BadParameter(
            "days such as 90d, or a time ahead such as 2030-01-31T12:00Z", param_hint=option
        )
    return moment


@app.command("create")
@explained
def create(  # noqa: PLR0913, PLR0917  # one for each option
    company: Company = None,
    scopes: Annotated[str, typer.Option(help=f"Any of {EVERYTHING}.")] = "contacts:write",
    expires: Annotated[str | None, typer.Option(help="90d, or a time; never if not given.")] = None,
    name: Annotated[
        str | None, typer.Option(help="What the history calls it.", callback=valid_name)
    ] = None,
    as_json: AsJson = False,  # a flag of the command line
    data_dir: DataDir = None,
) -> None:
    """Make a key and print it, this once: only a digest of it is kept."""
    wanted, expires_at = parsed_scopes(scopes), parsed_expiry(expires)
    with connected(data_dir) as connection:
        company_id = register.find(connection, company)
        key_id, key = keyring.create(connection, company_id, wanted, expires_at, name)
    made = {"key": key, "id": str(key_id), "company": str(company_id), "scopes": wanted}
    show_once(made, as_json=as_json)


@app.command("rotate")
@explained
def rotate(
    key_id: UUID,
    overlap: Annotated[
        str, typer.Option(help="How long the old key still works: 7d, or until when.")
    ] = "7d",
    company: Company = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Make a key that may do the same and print it, this once; the old one ends by itself."""
    until = parsed_expiry(overlap, "--overlap") or datetime.now(UTC)
    with connected(data_dir) as connection:
        company_id = register.find(connection, company)
        rotated = keyring.rotate(connection, company_id, key_id, until)
    if rotated is None:
        raise register.CompanyError(f"this company has no key {key_id} that still works")
    new_id, key, ends_at = rotated
    made = {"key": key, "id": str(new_id), "company": str(company_id), "replaces": str(key_id)}
    show_once({**made, "oldEndsAt": plain(ends_at)}, as_json=as_json)
    typer.echo(f"{key_id} works until {plain(ends_at)}.", err=True)


def show_once(made: Mapping[str, object], *, as_json: bool) -> None:
    """Print a new key."""
    if as_json:
        typer.echo(json.dumps(made))
    else:
        typer.echo(f"key {made['id']}, shown only now:", err=True)
        typer.echo(made["key"])


@app.command("list")
@explained
def show(
    company: Company = None, as_json: AsJson = False, data_dir: DataDir = None
) -> None:  # a flag
    """List a company's keys."""
    with connected(data_dir) as connection:
        rows = keyring.of_company(connection, register.find(connection, company))
    if as_json:
        names = ("id", "name", "scopes", "createdAt", "expiresAt", "revokedAt", "lastUsedAt")
        typer.echo(json.dumps([dict(zip(names, map(plain, row), strict=True)) for row in rows]))
        return
    table = Table(Column("id", no_wrap=True), "name, scopes, times (UTC)", show_lines=True)
    for key_id, name, scopes, *times in rows:
        table.add_row(str(key_id), Text("\n".join(about(name, scopes, times))))
    Console().print(table)


def about(
    name: str | None, scopes: Sequence[str], times: Sequence[datetime | None]
) -> Iterator[str]:
    """Tell of a key in lines that a narrow terminal has room for, beside its id."""
    if name:
        yield name
    yield " ".join(scopes)
    for word, time in zip(("created", "expires", "revoked", "last used"), times, strict=True):
        if time:
            yield f"{word} {time.astimezone(UTC):%Y-%m-%d %H:%M}"


@app.command("revoke")
@explained
def revoke(key_id: UUID, company: Company = None, data_dir: DataDir = None) -> None:
    """Make a key useless, within two seconds and for good."""
    with connected(data_dir) as connection:
        company_id = register.find(connection, company)
        if not keyring.revoke(connection, company_id, key_id):
            raise register.CompanyError(f"this company has no key {key_id}")
    typer.echo(f"{key_id} is revoked.")
