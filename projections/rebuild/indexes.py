"""Takes constraints and indexes off the tables of a new read model, and builds them after the load.

They are read from the catalog, so that each view's schema.sql stays the only place that knows them.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection

from projections.inline import VIEWS
from projections.rebuild.errors import RebuildError
from projections.schema import NEXT

CONSTRAINTS = """
    SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
           format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s',
                  conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint
    WHERE connamespace = %s::regnamespace AND contype IN ('p', 'u')
      AND conrelid::regclass::text = ANY (%s) ORDER BY contype, conname
"""
INDEXES = """
    SELECT 'DROP INDEX ' || indexrelid::regclass, pg_get_indexdef(indexrelid)
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE relnamespace = %s::regnamespace AND indrelid::regclass::text = ANY (%s)
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    ORDER BY indexrelid
"""


class Shelved(NamedTuple):
    """The statements that bring back what was taken off."""

    constraints: list[str]
    indexes: list[str]


def shelve(connection: Connection[Any]) -> Shelved:
    """Drop constraints and indexes of the views' tables, inside the caller's transaction."""
    tables = [f"{NEXT}.{view.name}" for view in VIEWS]
    found = [
        connection.execute(query.encode(), (NEXT, tables)).fetchall()
        for query in (CONSTRAINTS, INDEXES)
    ]
    for drop, _ in (*found[0], *found[1]):
        connection.execute(drop.encode())
    return Shelved(*([create for _, create in pairs] for pairs in found))


def build(conninfo: str, shelved: Shelved, jobs: int) -> None:
    """Bring them back, several at once; indexes of one table do not wait for each other."""
    with ThreadPoolExecutor(jobs) as threads:
        for statements in shelved:
            list(threads.map(lambda statement: run(conninfo, statement), statements))


def run(conninfo: str, statement: str) -> None:
    """Execute one statement on a connection of its own."""
    try:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(statement.encode())
    except psycopg.errors.UniqueViolation as twice:
        # its detail would quote an address
        msg = (
            f"two rows of {twice.diag.table_name} have the same key for "
            f"{twice.diag.constraint_name}; the projection must not make such rows"
        )
        raise RebuildError(msg) from None
