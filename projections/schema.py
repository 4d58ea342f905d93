"""Makes the tables of the read model in a schema of any name."""

from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from projections.inline import VIEWS, fingerprint

MODEL = (
    "CREATE TABLE model (fingerprint text NOT NULL, built_at timestamptz NOT NULL DEFAULT now())"
)


def create(connection: Connection[Any], schema: str) -> None:
    """Create schema and tables inside the caller's transaction, and let the service write them."""
    name, app = Identifier(schema), Identifier("contacts_app")
    connection.execute(SQL("CREATE SCHEMA {}").format(name))
    connection.execute(SQL("SET LOCAL search_path = {}, public").format(name))
    for view in VIEWS:
        connection.execute(view.schema.encode())
    connection.execute(MODEL)
    connection.execute("INSERT INTO model (fingerprint) VALUES (%s)", (fingerprint(),))
    connection.execute(SQL("GRANT USAGE ON SCHEMA {} TO {}").format(name, app))
    connection.execute(
        SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {} TO {}").format(
            name, app
        )
    )
    connection.execute("RESET search_path")
