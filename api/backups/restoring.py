"""Makes a database from a backup, and proves that it is what the backup says."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from api import migrations
from api.audit.export import export
from api.audit.verifier import Chain, Fault, verify
from api.backups import archive, erasures
from api.backups.archive import Head, Manifest
from api.backups.errors import BackupError
from api.backups.programs import restored
from api.backups.saving import counted
from api.database import editing, rebuilding
from api.migrations import numbered
from projections import schema
from projections.rebuild.errors import Poisoned
from projections.rebuild.rebuilding import rebuild
from projections.rebuild.reporting import Tell, Wish
from projections.rebuild.switching import drop

CLAIM = "SELECT pg_try_advisory_lock(hashtextextended('contacts/restore', 0))"
SCHEMAS = ("log", "edge", schema.LIVE, schema.NEXT, schema.PREVIOUS)
EMPTY: Any = "restored"
"""The fingerprint of a read model that nobody has built yet."""


@dataclass(frozen=True)
class Wanted:
    """What is restored from where."""

    path: Path
    notes: Path
    """The file of erasures."""
    accept_unerased: bool
    """Whether people who were erased since may be back."""


@dataclass(frozen=True)
class Restored:
    """What was restored, and how many people were erased again."""

    manifest: Manifest
    erased: int


def restore(url: str, wanted: Wanted, tell: Tell) -> Restored:
    """Fill an empty database; until all is done no server starts on it. Raises BackupError.

    Whoever was interrupted starts again: what is not complete is removed first.
    """
    manifest = archive.read_manifest(wanted.path)
    notes = [] if wanted.accept_unerased else erasures.noted(wanted.notes)
    tell("checking the file", 0, 0)
    archive.check(wanted.path, manifest)
    with claimed(url) as connection:
        make_room(connection)
        dump = counted(archive.pieces(wanted.path), "restoring, MB", manifest.bytes, tell)
        restored(url, connection.info.server_version, dump)
        bring_up_to_date(connection)
        prove(url, manifest, tell)
        make_read_model(connection, url, tell)
        tell("erasing again", 0, 0)
        erased = erasures.apply(url, wanted.notes, notes, connection)
        as_owner(connection, f"DROP SCHEMA {migrations.UNFINISHED}")
        connection.execute("ANALYZE")
    return Restored(manifest, erased)


@contextmanager
def claimed(url: str) -> Iterator[Connection[Any]]:
    """Be the only one who restores into this database."""
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        if connection.execute(CLAIM).fetchone() != (True,):
            raise BackupError("somebody else is restoring into this database")
        yield connection


def make_room(connection: Connection[Any]) -> None:
    """Prepare an empty database; one with companies is left as it is."""
    migrations.prepare(connection)
    if not migrations.unfinished(connection) and migrations.exists(connection):
        row = connection.execute("SELECT count(*) FROM log.company_log").fetchone()
        if row != (0,):
            raise BackupError("the database has companies already; restore into an empty one")
    names = ", ".join((*SCHEMAS, migrations.UNFINISHED))
    as_owner(
        connection,
        f"DROP SCHEMA IF EXISTS {names} CASCADE",
        f"CREATE SCHEMA {migrations.UNFINISHED}",
    )


def bring_up_to_date(connection: Connection[Any]) -> None:
    """Change the tables of a backup that an older version made; refuse that of a newer one."""
    try:
        numbered.catch_up(connection)
    except migrations.MigrationError as refused:
        raise BackupError(f"the backup is of another version: {refused}") from refused


def prove(url: str, manifest: Manifest, tell: Tell) -> None:
    """Follow every chain from its first event to the head that the manifest names."""
    done = 0
    for head in manifest.heads:
        with editing(url) as connection:
            try:
                chain = verify(export(connection, head.company_id))
            except (Fault, ValueError) as wrong:
                raise BackupError(f"company {head.company_id}, {wrong}") from wrong
        compare(chain, head)
        done += head.position
        tell("verifying the chain", done, manifest.events)


def compare(chain: Chain, head: Head) -> None:
    """Refuse a log that ends elsewhere than it did when the backup was made."""
    if (chain.position, chain.hash.hex()) != (head.position, head.hash):
        raise BackupError(
            f"the log of company {head.company_id} ends at position {chain.position} with another "
            f"head than the manifest says, which is at {head.position}"
        )


def make_read_model(connection: Connection[Any], url: str, tell: Tell) -> None:
    """Build the read model from the log."""
    with connection.transaction():
        connection.execute("SET LOCAL ROLE contacts_owner")
        schema.create(connection, schema.LIVE)
        connection.execute("UPDATE read.model SET fingerprint = %s", (EMPTY,))
    try:
        rebuild(rebuilding(url), Wish(os.cpu_count() or 1), tell)
    except Poisoned as found:
        said = f"{found}; restore with a version of the service that can read it"
        raise BackupError(said) from found
    with connection.transaction():
        connection.execute("SET LOCAL ROLE contacts_owner")
        drop(connection, schema.PREVIOUS)


def as_owner(connection: Connection[Any], *statements: str) -> None:
    """Do what only the owner of the tables may, together."""
    with connection.transaction():
        connection.execute("SET LOCAL ROLE contacts_owner")
        for statement in statements:
            connection.execute(statement.encode())
