"""`contacts keys`: who may call, and what they may do."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Column, Table

from api.cli.options import AsJson, Company, DataDir, connected, explained, plain
from api.companies import register
from api.keys import keyring
from api.keys.keyring import Scope

app = typer.Typer(help="API keys: who calls, and what they may do.", no_args_is_help=True)

EVERYTHING = ",".join(Scope)


def parsed_scopes(text: str) -> list[str]:
    """Read `contacts:read,contacts:write`."""
    scopes = [scope.strip() for scope in text.split(",") if scope.strip()]
    unknown = [scope for scope in scopes if scope not in set(Scope)]
    if unknown or not scopes:
        raise typer.BadParameter(f"any of {EVERYTHING}, separated by commas", param_hint="--scopes")
    return scopes


def parsed_expiry(text: str | None) -> datetime | None:
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
            "days such as 90d, or a time ahead such as 2030-01-31T12:00Z", param_hint="--expires"
        )
    return moment


@app.command("create")
@explained
def create(
    company: Company = None,
    scopes: Annotated[str, typer.Option(help=f"Any of {EVERYTHING}.")] = "contacts:write",
    expires: Annotated[str | None, typer.Option(help="90d, or a time; never if not given.")] = None,
    as_json: AsJson = False,  # a flag of the command line
    data_dir: DataDir = None,
) -> None:
    """Make a key and print it, this once: only a digest of it is kept."""
    wanted, expires_at = parsed_scopes(scopes), parsed_expiry(expires)
    with connected(data_dir) as connection:
        company_id = register.find(connection, company)
        key_id, key = keyring.create(connection, company_id, wanted, expires_at)
    if as_json:
        typer.echo(
            json.dumps(
                {"key": key, "id": str(key_id), "company": str(company_id), "scopes": wanted}
            )
        )
    else:
        typer.echo(f"key {key_id}, shown only now:", err=True)
        typer.echo(key)


@app.command("list")
@explained
def show(
    company: Company = None, as_json: AsJson = False, data_dir: DataDir = None
) -> None:  # a flag
    """List a company's keys."""
    with connected(data_dir) as connection:
        rows = keyring.of_company(connection, register.find(connection, company))
    if as_json:
        names = ("id", "scopes", "createdAt", "expiresAt", "revokedAt")
        typer.echo(json.dumps([dict(zip(names, map(plain, row), strict=True)) for row in rows]))
        return
    table = Table(Column("id", no_wrap=True), "scopes", "created", "expires", "revoked")
    for key_id, scopes, *moments in rows:
        shown = [f"{moment:%Y-%m-%d %H:%M}" if moment else "" for moment in moments]
        table.add_row(str(key_id), " ".join(scopes), *shown)
    Console().print(table)


@app.command("revoke")
@explained
def revoke(key_id: UUID, company: Company = None, data_dir: DataDir = None) -> None:
    """Make a key useless, within two seconds and for good."""
    with connected(data_dir) as connection:
        company_id = register.find(connection, company)
        if not keyring.revoke(connection, company_id, key_id):
            raise register.CompanyError(f"this company has no key {key_id}")
    typer.echo(f"{key_id} is revoked.")
