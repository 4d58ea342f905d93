"""Finds the rows of imports that are kept because something was wrong with them, of one person."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.rows import args_row

from api.addresses import named

MENTIONING = (
    "SELECT import_id, started_at, row, status, contact_id IS NOT NULL, complaints, sent "
    "FROM edge.import_row JOIN edge.import USING (company_id, import_id) "
    "WHERE company_id = %(company_id)s AND complaints IS NOT NULL "
    "AND (contact_id = %(contact_id)s OR contact_id IS NULL AND EXISTS ("
    " SELECT FROM unnest(%(addresses)s::text[]) AS address"
    " WHERE strpos(lower(concat_ws(' ', sent, complaints)), lower(address)) > 0)) "
    "ORDER BY started_at, import_id, row"
)


class Mention(NamedTuple):
    """A row that was not taken as it came."""

    import_id: UUID
    started_at: datetime
    row: int
    status: str
    attributed: bool
    """Whether it is known whose row it is; if not, the address was only seen in it."""
    complaints: Any
    sent: str | None


def mentions(
    connection: Connection[Any], company_id: UUID, contact_id: UUID, addresses: Collection[str]
) -> list[Mention]:
    """Return the rows that speak of a contact and of nobody else.

    `addresses` are all e-mail keys and E.164 numbers that the contact ever had.
    """
    wanted = {"company_id": company_id, "contact_id": contact_id, "addresses": list(addresses)}
    with connection.cursor(row_factory=args_row(Mention)) as cursor:
        found = cursor.execute(MENTIONING, wanted).fetchall()
    return [
        one for one in found if one.attributed or named(f"{one.sent} {one.complaints}", addresses)
    ]
