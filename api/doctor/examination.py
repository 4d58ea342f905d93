"""Examines everything, as far as it can be reached."""

from collections.abc import Iterator

import psycopg
from psycopg import Connection

from api import migrations
from api.database import editing
from api.doctor import installation, log, server
from api.doctor.finding import Finding, fine, wrong
from api.settings import Settings
from projections.state import measure

READ_ONLY = "SELECT current_setting('default_transaction_read_only') = 'on' OR pg_is_in_recovery()"


def examine(settings: Settings, url: str) -> Iterator[Finding]:
    """Yield what was found; a database that cannot be reached ends it."""
    yield from installation.examine(settings)
    try:
        with editing(url) as connection:
            connection.autocommit = True
            yield from examine_database(connection, settings, url)
    except psycopg.Error as lost:
        said = lost.diag.message_primary or " ".join(str(lost).split())
        yield wrong("database", f"cannot be examined: {said}")
        yield from unprepared(url)


def unprepared(url: str) -> Iterator[Finding]:
    """Nobody can work as a role that `contacts migrate` has yet to make."""
    try:
        migrations.check(url)
    except migrations.MigrationError as refused:
        yield wrong("tables", str(refused))
    except psycopg.Error:
        return  # as was said


def examine_database(
    connection: Connection[object], settings: Settings, url: str
) -> Iterator[Finding]:
    """Look at the server, then at what is in the database."""
    yield from server.examine(connection, settings)
    yield writable(connection)
    try:
        migrations.check(url)
    except migrations.MigrationError as refused:
        yield wrong("tables", str(refused))
        return
    yield tables(connection)
    yield read_model(connection)
    yield from log.examine(connection)


def writable(connection: Connection[object]) -> Finding:
    """A standby, or a database that was set to read only, takes no write."""
    if connection.execute(READ_ONLY).fetchone() == (True,):
        return wrong("writing", "the database is read only; it may be a standby")
    return fine("writing", "the database takes writes")


def tables(connection: Connection[object]) -> Finding:
    """All that this version needs must be there."""
    if lacking := migrations.missing(connection):
        return wrong("tables", f"there is no {', '.join(lacking)}; the database is an older one")
    return fine("tables", "all are there")


def read_model(connection: Connection[object]) -> Finding:
    """The rows must show every event."""
    state = measure(connection)
    if state.behind:
        said = f"the rows of {len(state.behind)} companies do not show all events"
        return wrong("read model", f"{said}; run `contacts projections rebuild`")
    return fine("read model", f"shows all events, built at {state.built_at:%Y-%m-%d %H:%M}")
