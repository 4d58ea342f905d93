"""The numbered changes of the tables since the first release, and which a database has had."""

import time
from hashlib import sha256
from importlib import resources
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection
from psycopg.errors import DeadlockDetected, LockNotAvailable

from api.migrations.errors import MigrationError, NotMigrated

FOLDER = resources.files("api.migrations")

PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 1.0
"""How long others are left alone after they were made to wait in vain."""

NOTE = "INSERT INTO edge.migration (name, digest) VALUES (%s, %s)"


class Step(NamedTuple):
    """A file with statements that change the tables."""

    name: str
    """As 0001_what_it_does; steps are done in this order."""
    statements: bytes

    @property
    def digest(self) -> bytes:
        """By which a database knows that it had this very step."""
        return sha256(self.statements).digest()


def known() -> list[Step]:
    """Return all steps of this code, in order."""
    files = (file for file in FOLDER.iterdir() if file.name.endswith(".sql"))
    return sorted(Step(file.name.removesuffix(".sql"), file.read_bytes()) for file in files)


def lacking(connection: Connection[Any]) -> list[Step]:
    """Return what is still to be done, in order.

    Raises MigrationError when the database has had what this code does not know.
    """
    if connection.execute("SELECT to_regclass('edge.migration')").fetchone() == (None,):
        msg = (
            "the database is older than the first release, from which upgrades lead; use another "
            "database or data directory"
        )
        raise MigrationError(msg)
    steps = known()
    had = connection.execute("SELECT name, digest FROM edge.migration ORDER BY name").fetchall()
    for (name, digest), step in zip(had, steps, strict=False):
        if (name, digest) != (step.name, step.digest):
            msg = f"the database has had a migration {name} that is not the one of this version"
            raise MigrationError(msg)
    if len(had) > len(steps):
        newer = had[len(steps)][0]
        msg = f"a newer version of the service has migrated the database ({newer}); run that one"
        raise MigrationError(msg)
    return steps[len(had) :]


def require_all(connection: Connection[Any]) -> None:
    """Refuse a database that lacks a step."""
    if steps := lacking(connection):
        raise NotMigrated([step.name for step in steps])


def note(connection: Connection[Any], step: Step) -> None:
    """Note that the database has had a step, as a fresh one has had them all."""
    connection.execute(NOTE, (step.name, step.digest))


def catch_up(connection: Connection[Any]) -> list[str]:
    """Do what is lacking, each step whole or not at all; returns the names."""
    steps = lacking(connection)
    for step in steps:
        do(connection, step)
    return [step.name for step in steps]


def do(connection: Connection[Any], step: Step) -> None:
    """Do one step; while somebody holds the tables, others are not kept waiting behind it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            attempt(connection, step)
        except (LockNotAvailable, DeadlockDetected) as held:
            if time.monotonic() > deadline:
                msg = (
                    f"{step.name} was not done, since somebody holds the tables; when a backup or "
                    "a rebuild has ended, run `contacts migrate` again"
                )
                raise MigrationError(msg) from held
        except psycopg.Error as refused:
            if refused.diag.message_primary is None:
                raise
            msg = (
                f"{step.name} was taken back, as the database says: {refused.diag.message_primary}"
            )
            raise MigrationError(msg) from refused
        else:
            return
        time.sleep(PAUSE_SECONDS)


def attempt(connection: Connection[Any], step: Step) -> None:
    """Do a step and note it in one transaction."""
    with connection.transaction():
        connection.execute("SET LOCAL ROLE contacts_owner")
        connection.execute("SET LOCAL lock_timeout = '1s'")
        connection.execute(step.statements)
        note(connection, step)
