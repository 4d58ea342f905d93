"""How imports forget: after some days, and at once when a person is erased."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from psycopg import Connection

KEPT_DAYS = 30
"""For how long failed rows, and files that nobody continues to import, are kept."""

TOO_OLD = "the file was removed after 30 days; send it again"
SPOKE_OF_ERASED = (
    "the file was removed, as it spoke of somebody who was erased; send it without them"
)

EXPIRE = (
    "UPDATE edge.import_row r SET complaints = NULL, sent = NULL FROM edge.import i "
    "WHERE r.company_id = i.company_id AND r.import_id = i.import_id "
    "AND i.started_at < now() - make_interval(days => %(days)s) "
    "AND (r.complaints IS NOT NULL OR r.sent IS NOT NULL)"
)
# An import whose file is gone has come to its end, unless somebody who has read it is working on it
# and says later how it ended.
DROP_FILES = (
    "WITH gone AS (DELETE FROM edge.import_piece p USING edge.import i "
    " WHERE p.company_id = i.company_id AND p.import_id = i.import_id "
    " AND i.started_at < now() - make_interval(days => %(days)s)"
    " RETURNING p.company_id, p.import_id) "
    "UPDATE edge.import i SET state = 'refused', reason = %(reason)s, ended_at = now() "
    "FROM (SELECT DISTINCT company_id, import_id FROM gone) g "
    "WHERE i.company_id = g.company_id AND i.import_id = g.import_id AND i.state = 'running'"
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
    " AND strpos(lower(encode(piece, 'escape')), lower(address)) > 0), "
    "ended AS (UPDATE edge.import"
    " SET state = 'refused', reason = %(reason)s, ended_at = now() FROM told"
    " WHERE import.company_id = %(company_id)s AND import.import_id = told.import_id"
    " AND state = 'running') "
    "DELETE FROM edge.import_piece "
    "WHERE company_id = %(company_id)s AND import_id IN (SELECT import_id FROM told)"
)


def expire(connection: Connection[Any]) -> int:
    """Remove the personal data of old imports; return in how many rows there was some."""
    connection.execute(DROP_FILES, {"days": KEPT_DAYS, "reason": TOO_OLD})
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
    """Remove uploaded files that name an erased contact, which ends their imports.

    Returns how many pieces there were.
    """
    named = {"company_id": company_id, "addresses": list(addresses), "reason": SPOKE_OF_ERASED}
    return connection.execute(FORGET_FILES, named).rowcount
