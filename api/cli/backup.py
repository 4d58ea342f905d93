"""`contacts backup` and `contacts restore`: one file that holds everything, and a way back."""

import json
from pathlib import Path
from typing import Annotated

import typer

from api.backups.archive import Manifest
from api.backups.errors import BackupError
from api.backups.restoring import Restored, Wanted
from api.backups.restoring import restore as restored
from api.backups.saving import save
from api.cli.filing import naming
from api.cli.options import AsJson, DataDir, explained, found, plain, settings_with
from api.cli.progress import shown
from api.database import database


@explained
def backup(
    file: Annotated[Path, typer.Argument(dir_okay=False)],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Write everything into one file, as it is at one instant; the service goes on meanwhile."""
    if file.exists():
        raise BackupError(f"{file} exists already; it is not overwritten")
    with found(data_dir) as url, shown() as tell, naming(file):
        manifest = save(url, file, tell)
    show(manifest, None, as_json=as_json)


@explained
def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    accept_unerased: Annotated[
        bool,
        typer.Option("--accept-unerased", help="Bring people back who were erased since."),
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Make an empty database what it was: verify the log, build the rest, erase again."""
    settings = settings_with(data_dir=data_dir)
    wanted = Wanted(file, settings.erasure_notes, accept_unerased)
    with database(settings) as url, shown() as tell:
        done = restored(url, wanted, tell)
    show(done.manifest, done, as_json=as_json)


def show(manifest: Manifest, done: Restored | None, *, as_json: bool) -> None:
    """Print where each log stands, so that it can be compared later and elsewhere."""
    erased = {} if done is None else {"erasedAgain": done.erased}
    heads = [
        {"companyId": str(head.company_id), "position": head.position, "hash": head.hash}
        for head in manifest.heads
    ]
    if as_json:
        made = {"madeAt": plain(manifest.made_at), "events": manifest.events, "heads": heads}
        typer.echo(json.dumps({**made, "sha256": manifest.sha256, **erased}))
        return
    for head in heads:
        typer.echo(f"{head['companyId']}  {head['position']:>10}  {head['hash']}")
    typer.echo(f"{manifest.events:,} events of {len(heads)} companies, {manifest.made_at}")
    if done is not None:
        typer.echo(f"The chains are whole. {done.erased} contacts were erased again.")
