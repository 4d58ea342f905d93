"""Whether the PostgreSQL server is set up so that what it acknowledges is kept."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from api.doctor.finding import Finding, fine, note, wrong
from api.migrations import EXTENSIONS
from api.settings import Settings

SAFE = {"fsync": {"on"}, "full_page_writes": {"on"}, "synchronous_commit": {"on", "remote_apply"}}
"""What these must be for an acknowledged write to survive a crash of the machine."""

MOST_SKEW_SECONDS = 2.0
PER_PROCESS = 13
"""Connections of a process beside its two pools: one each for the writer, lists and erasures, one a
history and export, and for each import one that takes the file, one that reads, one that writes."""

NEWEST_TRIED = 18

EXTENSION = """
    SELECT name, installed_version, default_version FROM pg_available_extensions
    WHERE name = ANY (%s)
"""


def examine(connection: Connection[Any], settings: Settings) -> Iterator[Finding]:
    """Look at version, settings, clock, extensions, and room for connections."""
    yield version(connection)
    for name, safe in SAFE.items():
        yield setting(connection, name, safe)
    yield clock(connection)
    yield from extensions(connection)
    yield connections(connection, settings)


def version(connection: Connection[Any]) -> Finding:
    """Which ones were tried is known; a newer one may well work."""
    major = connection.info.server_version // 10_000
    if major > NEWEST_TRIED:
        return note("server", f"PostgreSQL {major} is newer than what the service was tried with")
    return fine("server", f"PostgreSQL {major}")


def setting(connection: Connection[Any], name: str, safe: set[str]) -> Finding:
    """Look at one setting as it holds for the service's own connections."""
    [[value]] = connection.execute("SELECT current_setting(%s)", (name,)).fetchall()
    if value not in safe:
        return wrong(name, f"is {value}: a crash may lose what was acknowledged; set it to on")
    return fine(name, str(value))


def clock(connection: Connection[Any]) -> Finding:
    """Compare the two clocks; the way there and back is halved."""
    began = time.time()
    [[there]] = connection.execute("SELECT clock_timestamp()").fetchall()
    here = datetime.fromtimestamp((began + time.time()) / 2, UTC)
    skew = (there - here).total_seconds()
    if abs(skew) > MOST_SKEW_SECONDS:
        return wrong(
            "clock", f"the database's is {skew:+.1f} s from this machine's; run NTP on both"
        )
    return fine("clock", f"the database's is {skew * 1000:+.0f} ms from this machine's")


def extensions(connection: Connection[Any]) -> Iterator[Finding]:
    """An extension stays at its old version when the server is upgraded."""
    found = {name: rest for name, *rest in connection.execute(EXTENSION, (list(EXTENSIONS),))}
    for name in EXTENSIONS:
        installed, newest = found.get(name, (None, None))
        if installed is None:
            yield wrong(name, "is not installed; run `contacts migrate` as a superuser")
        elif installed != newest:
            yield note(name, f"is {installed}; ALTER EXTENSION {name} UPDATE makes it {newest}")
        else:
            yield fine(name, str(installed))


def connections(connection: Connection[Any], settings: Settings) -> Finding:
    """Count what the processes of one service may open at most."""
    [[room]] = connection.execute(
        "SELECT current_setting('max_connections')::int "
        "- current_setting('superuser_reserved_connections')::int"
    ).fetchall()
    needed = settings.workers * (2 * settings.pool_size + PER_PROCESS)
    said = f"the service opens up to {needed} of {room}"
    if needed > room:
        return wrong("connections", f"{said}; lower CONTACTS_POOL_SIZE or CONTACTS_WORKERS")
    return fine("connections", said)
