"""Makes the tables of the read model in a schema of any name."""

from typing import Any, LiteralString

from psycopg import Connection
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb

from projections.inline import VIEWS, fingerprint

LIVE: LiteralString = "read"
"""The read model that is served."""

NEXT: LiteralString = "read_next"
"""One that a rebuild is making beside it; gone when nobody rebuilds."""

PREVIOUS: LiteralString = "read_previous"
"""The one that was served before, for going back to."""

MODEL = (
    "CREATE TABLE model (fingerprint text NOT NULL, versions jsonb NOT NULL,"
    " built_at timestamptz NOT NULL DEFAULT clock_timestamp())"
)


def create(connection: Connection[Any], schema: str) -> None:
    """Create schema and tables inside the caller's transaction, and let the service write them."""
    name, app = Identifier(schema), Identifier("contacts_app")
    connection.execute(SQL("CREATE SCHEMA {}").format(name))
    connection.execute(SQL("SET LOCAL search_path = {}, public").format(name))
    for view in VIEWS:
        connection.execute(view.schema.encode())
    connection.execute(MODEL)
    versions = {view.name: view.version for view in VIEWS}
    connection.execute(
        "INSERT INTO model (fingerprint, versions) VALUES (%s, %s)",
        (fingerprint(), Jsonb(versions)),
    )
    connection.execute(SQL("GRANT USAGE ON SCHEMA {} TO {}").format(name, app))
    connection.execute(
        SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {} TO {}").format(
            name, app
        )
    )
    connection.execute("RESET search_path")


def built_by(connection: Connection[Any], name: LiteralString) -> str | None:
    """Return the fingerprint of the code that built a read model; None when it is not there."""
    if connection.execute("SELECT to_regclass(%s)", (f"{name}.model",)).fetchone() == (None,):
        return None
    row = connection.execute(f"SELECT fingerprint FROM {name}.model").fetchone()
    return row[0] if row else None
