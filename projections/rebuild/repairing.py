"""Makes the live rows of one contact anew, in place, while its company's head is held."""

from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from projections.inline import VIEWS, fingerprint
from projections.rebuild.errors import Poison, RebuildError
from projections.rebuild.streams import Address, folded, heads, of_contacts
from projections.rebuild.tables import OF, columns_of, delete, recount, store
from projections.schema import LIVE, built_by

WHOSE = """
    SELECT company_id FROM log.company_log AS head WHERE EXISTS (
        SELECT FROM log.event WHERE company_id = head.company_id AND contact_id = %s)
"""
LOCK = "SELECT log.lock_heads(%s)"


class Repaired(NamedTuple):
    """Whose contact it was, and which tables had wrong rows."""

    company_id: UUID
    wrong: list[str]


def repair(conninfo: str, contact_id: UUID) -> Repaired:
    """Fold the contact's stream and replace its rows; raises RebuildError.

    Nobody writes for the company meanwhile, for as long as it takes to count its contacts anew.
    """
    with psycopg.connect(conninfo, autocommit=True) as connection:
        if built_by(connection, LIVE) != fingerprint():
            raise RebuildError("the read model was built by another version; rebuild all of it")
        company = connection.execute(WHOSE, (contact_id,)).fetchone()
        if company is None:
            raise RebuildError(f"no company has a contact {contact_id}")
        address: Address = (company[0], contact_id)
        with connection.transaction():
            connection.execute(LOCK, ([address[0]],))
            before = rows_of(connection, address)
            replace(connection, address)
            after = rows_of(connection, address)
    return Repaired(address[0], [name for name in after if before[name] != after[name]])


def replace(connection: Connection[Any], address: Address) -> None:
    """Write the rows that the log says, and count the company's contacts."""
    now = heads(connection)
    delete(connection, LIVE, [address])
    fold = folded(of_contacts(connection, [address]), now, Poison(skip=False).note)
    store(connection, LIVE, fold, now)
    recount(connection, LIVE, address[0])


def rows_of(connection: Connection[Any], address: Address) -> dict[str, set[str]]:
    """Return the contact's rows, and the company's counters, as text that can be compared."""
    found = {}
    for view in VIEWS:
        query = SQL("SELECT to_jsonb(t)::text FROM {} t WHERE ").format(Identifier(LIVE, view.name))
        rows = connection.execute(query + SQL(OF), columns_of([address]))
        found[view.name] = {row for (row,) in rows}
    counts = connection.execute(
        f"SELECT to_jsonb(t)::text FROM {LIVE}.contact_count t "
        "WHERE company_id = %s AND contacts <> 0",
        (address[0],),
    )
    return {**found, "contact_count": {row for (row,) in counts}}
