"""Brings a read model that stands beside the live one to where the logs are now."""

from collections.abc import Mapping
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Connection

from projections.rebuild.streams import Heads, Note, changed, chunks, folded, heads, of_contacts
from projections.rebuild.tables import FORGETTING, TOGETHER, counters, delete, store

ROUNDS = 20
FEW = 200
"""Contacts that are folded while nobody can write, in some hundredths of a second."""


def catch_up(
    connection: Connection[Any], schema: LiteralString, seen: Heads, note: Note
) -> tuple[Mapping[UUID, int], int]:
    """Fold whoever changed since `seen` anew, entirely; returns the heads of now and how many.

    One transaction, for addresses may have moved between contacts, and no two may have one.
    """
    with connection.transaction():
        # before any row is locked: an erasure holds this lock when it comes to the rows
        connection.execute(f"SELECT pg_advisory_xact_lock_shared({FORGETTING})")
        now = heads(connection)
        contacts = changed(connection, seen, now)
        for some in chunks(contacts, TOGETHER):
            before = counters(connection, schema, some)
            delete(connection, schema, some)
            store(connection, schema, folded(of_contacts(connection, some), now, note), now, before)
    return now, len(contacts)


def catch_up_to_few(
    connection: Connection[Any], schema: LiteralString, seen: Heads, note: Note
) -> Mapping[UUID, int]:
    """Catch up again and again, until what is left is little or does not become less."""
    now, contacts = catch_up(connection, schema, seen, note)
    for _ in range(ROUNDS):
        if contacts <= FEW:
            break
        now, contacts = catch_up(connection, schema, now, note)
    return now
