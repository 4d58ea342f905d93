"""Which contacts go out, now or as they were, each as the API shows it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from psycopg.rows import namedtuple_row

from api.contacts import rendering
from api.exports.formats import Item
from api.history.unreadable import dated, fail
from domain.ports import Connection
from projections.contacts.question import Filter
from projections.contacts.search import everyone, matches
from projections.inline import CONTACTS
from projections.replay import contacts_at

ROWS_A_TRIP = 2_000


def now(connection: Connection, company_id: UUID, wanted: Filter) -> Iterator[Item]:
    """Yield the contacts of one instant, oldest first."""
    statement, parameters = everyone(company_id, wanted)
    with (
        connection.transaction(),
        connection.cursor("export", row_factory=namedtuple_row) as cursor,
    ):
        cursor.itersize = ROWS_A_TRIP
        rows: Any = cursor.execute(statement.encode(), parameters)
        for row in rows:
            yield rendering.contact(row, row.contact_id)


def past(connection: Connection, company_id: UUID, wanted: Filter, position: int) -> Iterator[Item]:
    """Yield the contacts as they were at a position of the log; erased ones are left out."""
    fits = matches(wanted)
    with dated(connection, company_id), connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for rows in contacts_at(connection, company_id, position, fail):
            row = rows.of(CONTACTS)[()]
            if fits(row):
                yield rendering.contact(row, rows.contact_id)
