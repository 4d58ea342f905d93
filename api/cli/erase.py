"""`contacts erase`: destroys the data of one contact, or of all that were deleted long ago."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, get_args
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from uuid_utils.compat import uuid7

from api.audit.signing import publish, signer
from api.cli.certificates import told
from api.cli.options import AsJson, Company, DataDir, explained, located, settings_with
from api.companies import register
from api.database import editing
from api.erasure.certificate import certificate
from api.erasure.eraser import Eraser
from api.erasure.retention import deleted_before
from api.erasure.schemas import Certificate, Reason
from api.migrations import check
from domain import errors
from domain.application.requests import ById, Request, Step
from domain.contact.commands import EraseContact
from domain.eventlog.log import Meta

REASONS = get_args(Reason)
DAYS = re.compile(r"([1-9][0-9]{0,4})d")
FAILED = 1
"""Exit code: somebody whose time is over could not be erased."""


def parsed_days(text: str | None) -> int | None:
    """Read `90d`."""
    if text is None:
        return None
    found = DAYS.fullmatch(text)
    if found is None:
        raise typer.BadParameter("a number of days, such as 90d", param_hint="--deleted-before")
    return int(found[1])


def checked_reason(reason: str | None) -> str | None:
    """Refuse a reason that is none."""
    if reason is not None and reason not in REASONS:
        raise typer.BadParameter(f"one of {', '.join(REASONS)}")
    return reason


@explained
def erase(  # noqa: PLR0913, PLR0917  # one for each option
    contact_id: Annotated[UUID | None, typer.Argument(metavar="[ID]")] = None,
    reason: Annotated[
        str | None, typer.Option(callback=checked_reason, help=f"One of {', '.join(REASONS)}.")
    ] = None,
    deleted: Annotated[
        str | None,
        typer.Option("--deleted-before", help="All that were deleted longer ago than 90d."),
    ] = None,
    company: Company = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Destroy the data of a contact for good; nothing brings it back."""
    days = parsed_days(deleted)
    if (contact_id is None) == (days is None) or (contact_id is None) != (reason is None):
        raise typer.BadParameter("give an id with --reason, or --deleted-before")
    if contact_id is not None and reason is not None:
        made = erase_one(contact_id, reason, company, data_dir)
        typer.echo(made.model_dump_json(by_alias=True) if as_json else told(made))
    elif days is not None:
        erase_deleted(days, company, data_dir, as_json=as_json)


@contextmanager
def ready(data_dir: Path | None) -> Iterator[tuple[str, Eraser]]:
    """Lend the URL of the database, and who erases on it."""
    with located(data_dir) as url:
        check(url)
        eraser = Eraser(url, settings_with(data_dir=data_dir).erasure_notes)
        try:
            yield url, eraser
        finally:
            eraser.close()


def wish(company_id: UUID, contact_id: UUID, command: EraseContact) -> Request:
    """Ask for an erasure in the name of whoever may use the command line."""
    meta = Meta("cli", "cli", str(uuid7()))
    return Request(company_id, (Step(ById(contact_id), command),), meta)


def erase_one(
    contact_id: UUID, reason: str, company: str | None, data_dir: Path | None
) -> Certificate:
    """Erase a contact, and certify it."""
    settings = settings_with(data_dir=data_dir)
    with ready(data_dir) as (url, eraser):
        with editing(url) as connection:
            company_id = register.find(connection, company)
            signs = signer(settings)
            if signs is not None:
                publish(connection, signs)
        erasure = eraser.erase(wish(company_id, contact_id, EraseContact(reason)))
    return certificate(erasure, signs, settings.backup_days)


def erase_deleted(days: int, company: str | None, data_dir: Path | None, *, as_json: bool) -> None:
    """Erase all that were deleted so long ago, each in a transaction of its own.

    Whoever interrupts it begins again with those that are left.
    """
    columns = (TextColumn("contacts"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    erased, failed = 0, list[str]()
    with ready(data_dir) as (url, eraser), Progress(*columns, console=Console(stderr=True)) as bar:
        with editing(url) as connection:
            company_id = register.find(connection, company)
            due = deleted_before(connection, company_id, days)
        for contact_id in bar.track(due):
            command = EraseContact("retention", only_if_deleted=True)
            try:
                eraser.erase(wish(company_id, contact_id, command))
            except (errors.ContactErased, errors.ContactNotDeleted):
                continue  # somebody has erased or restored it just now
            except errors.Failed as failure:
                failed.append(f"{contact_id}: {failure.message}")
            else:
                erased += 1
    typer.echo(json.dumps({"erased": erased, "failed": failed}) if as_json else summary(erased))
    for line in failed:
        typer.echo(line, err=True)
    if failed:
        raise typer.Exit(FAILED)


def summary(erased: int) -> str:
    """Say how many there were."""
    return f"{erased:,} contacts were erased."
