"""Makes a backup that shows one instant, while everybody goes on writing."""

from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from psycopg import Connection, IsolationLevel

from api.backups import archive
from api.backups.archive import Contents, Head, Manifest
from api.backups.programs import dumped
from api.database import editing
from api.files import written
from api.migrations import require_tables
from projections.rebuild.reporting import Tell

HEADS = "SELECT company_id, position, hash, recorded_at FROM log.company_log ORDER BY company_id"
MEGABYTE = 1_000_000


def save(url: str, path: Path, tell: Tell) -> Manifest:
    """Write the logs and all that they belong to into a file; returns what is in it.

    The read model is left out: it is made from the log. An older version's tables are saved as they
    are. Raises BackupError, MigrationError, OSError.
    """
    with editing(url) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        require_tables(connection)
        [[snapshot]] = connection.execute("SELECT pg_export_snapshot()").fetchall()
        contents = contents_of(connection)
        dump = dumped(url, connection.info.server_version, snapshot)
        with written(path) as file:
            return archive.write(file, contents, counted(dump, "writing, MB", 0, tell))


def contents_of(connection: Connection[Any]) -> Contents:
    """Describe what this transaction sees."""
    [[now, postgres]] = connection.execute("SELECT now(), version()").fetchall()
    heads = [
        Head(company_id=company_id, position=position, hash=head.hex(), recorded_at=at)
        for company_id, position, head, at in connection.execute(HEADS)
    ]
    return Contents(
        service=version("contact-service"),
        postgres=postgres.split(",")[0],
        made_at=now,
        heads=heads,
    )


def counted(pieces: Iterable[bytes], phase: str, total: int, tell: Tell) -> Iterator[bytes]:
    """Pass a dump on and tell how far it is, in megabytes."""
    done = 0
    for piece in pieces:
        done += len(piece)
        tell(phase, done // MEGABYTE, total // MEGABYTE)
        yield piece
