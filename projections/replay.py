"""Shows the rows of a company as they were, folding its log contact by contact."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from psycopg import Connection

from projections.inline import CONTACTS, ContactRows
from projections.rebuild.streams import FIRST, LAST, Note, Piece, folded, of_piece

ERASED = "SELECT contact_id FROM log.event WHERE company_id = %s AND topic = 'contact.erased'"


def contacts_at(
    connection: Connection[Any], company_id: UUID, position: int, note: Note
) -> Iterator[ContactRows]:
    """Return the contacts that were shown at a position of the log, in the order of their ids.

    Inside a REPEATABLE READ transaction. Who was erased since is left out: nothing is known of
    them. `note` is told of a poison event.
    """
    erased = {contact_id for (contact_id,) in connection.execute(ERASED, (company_id,))}
    stored = of_piece(connection, Piece((company_id, FIRST[1]), (company_id, LAST[1])))
    for rows in folded(stored, {company_id: position}, note):
        row = rows.of(CONTACTS).get(())
        if row is not None and row.status == "live" and rows.contact_id not in erased:
            yield rows
