"""Lets one rebuild run at a time, and tells who runs."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.conninfo import make_conninfo
from psycopg.errors import LockNotAvailable

from projections.rebuild.errors import RebuildError

NAME = "contacts rebuild"
CLAIM = "SELECT pg_advisory_lock(hashtextextended('contacts/rebuild', 0))"
PATIENCE = "SET lock_timeout = '3s'"
"""A rebuild that was killed keeps its claim until the server notices."""

RUNNING = """
    SELECT application_name FROM pg_stat_activity
    WHERE starts_with(application_name, %s) AND datname = current_database()
    AND pid <> pg_backend_pid() ORDER BY application_name LIMIT 1
"""
LONGEST_NAME, END_OF_HOST = 63, 7
"""Bytes that PostgreSQL keeps of a name, and how many are left to what tells containers apart."""


@contextmanager
def claimed(conninfo: str) -> Iterator[Connection[Any]]:
    """Be the only one who rebuilds; the connection is that claim, and ends with the process."""
    own = make_conninfo(conninfo, application_name=name())
    with psycopg.connect(own, autocommit=True) as connection:
        connection.execute(PATIENCE)
        try:
            connection.execute(CLAIM)
        except LockNotAvailable:
            who = running(connection) or "it ends at this moment"
            raise RebuildError(f"a rebuild is running already: {who}") from None
        connection.execute("RESET lock_timeout")
        yield connection


def name() -> str:
    """Return since when this process rebuilds, its number, and its machine.

    As the name of the connection, since nothing else of it is shown to everybody.
    """
    known = f"{NAME} {datetime.now(UTC):%Y-%m-%dT%H:%MZ} {os.getpid()}@"
    host = socket.gethostname()
    room = LONGEST_NAME - len(known)
    if len(host) > room:
        host = f"{host[: room - END_OF_HOST - 2]}..{host[-END_OF_HOST:]}"
    return known + host


def running(connection: Connection[Any]) -> str | None:
    """Say since when somebody rebuilds, in which process and on which machine."""
    row = connection.execute(RUNNING, (f"{NAME} ",)).fetchone()
    return None if row is None else f"since{row[0].removeprefix(NAME)}"
