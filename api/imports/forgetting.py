"""How imports forget: after some days, and at once when a person is erased."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from psycopg import Connection

KEPT_DAYS = 30
"""For how long failed rows, and files that nobody continues to import, are kept."""

EXPIRE = (
    "UPDATE edge.import_row r SET complaints = NULL, sent = NULL FROM edge.import i "
    "WHERE r.company_id = i.company_id AND r.import_id = i.import_id "
    "AND i.started_at < now() - make_interval(days => %(days)s) "
    "AND (r.complaints IS NOT NULL OR r.sent IS NOT NULL)"
)
DROP_FILES = (
    "DELETE FROM edge.import_piece p USING edge.import i "
    "WHERE p.company_id = i.company_id AND p.import_id = i.import_id "
    "AND i.started_at < now() - make_interval(days => %(days)s)"
)
FORGET = (
    "UPDATE edge.import_row SET complaints = NULL, sent = NULL WHERE company_id = %(company_id)s "
    "AND complaints IS NOT NULL AND (contact_id = %(contact_id)s OR EXISTS ("
    " SELECT FROM unnest(%(addresses)s::text[]) AS address"
    " WHERE strpos(lower(concat_ws(' ', sent, complaints)), lower(address)) > 0))"
)
# of a file in pieces nobody can say where one row ends: it goes as a whole
FORGET_FILES = (
    "WITH told AS (SELECT DISTINCT import_id FROM edge.import_piece, "
    " unnest(%(addresses)s::text[]) AS address WHERE company_id = %(company_id)s"
    " AND strpos(lower(encode(piece, 'escape')), lower(address)) > 0) "
    "DELETE FROM edge.import_piece "
    "WHERE company_id = %(company_id)s AND import_id IN (SELECT import_id FROM told)"
)


def expire(connection: Connection[Any]) -> int:
    """Remove the personal data of old imports; return in how many rows there was some."""
    connection.execute(DROP_FILES, {"days": KEPT_DAYS})
    return connection.execute(EXPIRE, {"days": KEPT_DAYS}).rowcount


def forget(
    connection: Connection[Any],
    company_id: UUID,
    contact_id: UUID,
    addresses: Collection[str],
) -> int:
    """Remove what failed rows say of an erased contact; return how many rows there were.

    `addresses` are all e-mail keys and E.164 numbers that the contact ever had.
    """
    named = {"company_id": company_id, "contact_id": contact_id, "addresses": list(addresses)}
    return connection.execute(FORGET, named).rowcount


def forget_files(connection: Connection[Any], company_id: UUID, addresses: Collection[str]) -> int:
    """Remove uploaded files that name an erased contact; return how many pieces there were."""
    named = {"company_id": company_id, "addresses": list(addresses)}
    return connection.execute(FORGET_FILES, named).rowcount
