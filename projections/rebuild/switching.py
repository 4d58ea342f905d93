"""Puts another read model in the place of the live one, in one short transaction."""

import time
from collections.abc import Mapping
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.errors import DeadlockDetected, LockNotAvailable
from psycopg.sql import SQL, Identifier

from projections.rebuild.catching_up import catch_up, catch_up_to_few
from projections.rebuild.errors import RebuildError
from projections.rebuild.streams import Heads, Note
from projections.schema import LIVE, NEXT, PREVIOUS, built_by

PATIENCE_SECONDS = 300.0
PAUSE_SECONDS = 1.0
"""How long writers are left alone after they were made to wait in vain."""

LEAVING: LiteralString = "read_leaving"


class Switched(NamedTuple):
    """The switch as writers felt it."""

    writers_waited: float
    """Seconds from asking for the lock to the commit."""

    attempts: int


def switch(
    connection: Connection[Any], coming: LiteralString, seen: Mapping[UUID, int], note: Note
) -> Switched:
    """Make `coming` the live read model and keep the one before as the previous one.

    Takes all heads at once. When somebody keeps one for longer than a second, writers go on for a
    while before the next attempt.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    attempts = 0
    while True:
        attempts += 1
        try:
            return Switched(attempt(connection, coming, seen, note), attempts)
        except (LockNotAvailable, DeadlockDetected) as held:
            if time.monotonic() > deadline:
                msg = "somebody keeps the head of a log; the read model was not switched"
                raise RebuildError(msg) from held
        time.sleep(PAUSE_SECONDS)
        seen = catch_up_to_few(connection, coming, seen, note)


def attempt(connection: Connection[Any], coming: LiteralString, seen: Heads, note: Note) -> float:
    """Switch once; returns for how long nobody could write, in seconds.

    The read model before the previous one is left in the place of the next: removing its files
    takes a while, which writers shall not feel, and may have to wait for a reader.
    """
    with connection.transaction():
        connection.execute("SET LOCAL lock_timeout = '1s'")
        began = time.perf_counter()
        connection.execute("LOCK TABLE log.company_log IN EXCLUSIVE MODE")
        catch_up(connection, coming, seen, note)
        rename(connection, LIVE, LEAVING)
        rename(connection, coming, LIVE)
        if coming == NEXT and built_by(connection, PREVIOUS) is not None:
            rename(connection, PREVIOUS, NEXT)
        rename(connection, LEAVING, PREVIOUS)
        remember_heads(connection)
    return time.perf_counter() - began


def remember_heads(connection: Connection[Any]) -> None:
    """Note beside the previous read model up to where it was kept; the live one needs no note."""
    connection.execute(f"DROP TABLE IF EXISTS {LIVE}.head")
    connection.execute(
        f"CREATE TABLE {PREVIOUS}.head AS SELECT company_id, position FROM log.company_log"
    )


def rename(connection: Connection[Any], schema: str, name: str) -> None:
    """Rename a schema; statements that others have prepared follow."""
    statement = SQL("ALTER SCHEMA {} RENAME TO {}")
    connection.execute(statement.format(Identifier(schema), Identifier(name)))


def drop(connection: Connection[Any], schema: str) -> None:
    """Drop a read model that is not served, if it is there."""
    statement = SQL("DROP SCHEMA IF EXISTS {} CASCADE")
    connection.execute(statement.format(Identifier(schema)))
