"""Makes the read models that are not served forget a contact, a rebuild under way included.

Of the live one, the projections remove a contact; only its tags are left, in counters of nobody.
"""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from projections.contacts import tally
from projections.inline import fingerprint
from projections.rebuild.tables import FORGETTING, counters
from projections.schema import LIVE, NEXT, PREVIOUS, built_by

DELETE = "DELETE FROM {} WHERE company_id = %s AND contact_id = %s"
TABLES = """
    SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = to_regnamespace(%s) AND relkind = 'r' AND attname = 'contact_id'
    ORDER BY relname
"""
COUNTERS = {
    LIVE: "DELETE FROM read.contact_count WHERE company_id = %s AND contacts = 0",
    NEXT: "DELETE FROM read_next.contact_count WHERE company_id = %s AND contacts = 0",
    # whoever goes back counts anew
    PREVIOUS: "DELETE FROM read_previous.contact_count WHERE company_id = %s",
}
"""Which counters go: they name tags, and perhaps nobody else has them."""


def forget(connection: Connection[Any], company_id: UUID, contact_id: UUID) -> dict[str, int]:
    """Delete the contact's rows; returns how many, by table, of the read models that are there.

    To be called in the transaction that erases, after the append: a rebuild that read the events
    before they were blanked then sees the erasure before it commits rows made of them.
    """
    connection.execute(f"SELECT pg_advisory_xact_lock({FORGETTING})")
    deleted: dict[str, int] = {}
    for schema in (NEXT, PREVIOUS):
        tables = [name for (name,) in connection.execute(TABLES, (schema,))]
        if not tables:
            continue
        # what other code has built, only that code can count
        if schema == NEXT and built_by(connection, schema) == fingerprint():
            before = counters(connection, schema, [(company_id, contact_id)])
            moves = ((company_id, counted, tally.NOWHERE) for counted in before.values())
            tally.add(connection, moves, schema)
        for name in tables:
            statement = SQL(DELETE).format(Identifier(schema, name))
            rows = connection.execute(statement, (company_id, contact_id)).rowcount
            deleted[f"{schema}.{name}"] = rows
    for schema, remove in COUNTERS.items():
        if exists(connection, f"{schema}.contact_count"):
            connection.execute(remove, (company_id,))
    return deleted


def exists(connection: Connection[Any], table: str) -> bool:
    """Tell whether a table is there."""
    return connection.execute("SELECT to_regclass(%s)", (table,)).fetchone() != (None,)
