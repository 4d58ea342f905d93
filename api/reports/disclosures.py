"""Notes which part of a log has left the service, and tells who has got the data of a contact."""

from dataclasses import asdict, dataclass
from typing import Any, Literal
from uuid import UUID

from psycopg import AsyncConnection, Connection

from api.history.instants import exact
from api.keys import keyring

Json = dict[str, Any]

INSERT = (
    "INSERT INTO edge.disclosure AS known "
    "(company_id, kind, key_id, contact_id, selected, positions) "
    "VALUES (%(company_id)s, %(kind)s, %(key_id)s, %(contact_id)s, %(selected)s, "
    "int8multirange(int8range(%(after)s, %(until)s, '(]'))) "
)
MERGE = INSERT + (
    "ON CONFLICT (company_id, key_id, selected, ((first_at AT TIME ZONE 'UTC')::date)) "
    "WHERE kind = 'feed' "
    "DO UPDATE SET positions = known.positions + excluded.positions, last_at = excluded.last_at"
)
OF_CONTACT = (
    "SELECT kind, key_id, selected, first_at, last_at, upper(positions) - 1, versions "
    "FROM edge.disclosure d CROSS JOIN LATERAL ("
    " SELECT array_agg(version ORDER BY version) AS versions FROM log.event"
    " WHERE company_id = d.company_id AND contact_id = %(contact_id)s AND d.positions @> position"
    ") told WHERE company_id = %(company_id)s AND versions IS NOT NULL "
    "AND (d.contact_id IS NULL OR d.contact_id = %(contact_id)s) ORDER BY first_at, disclosure_id"
)
MAILED = "SELECT mailed_at FROM edge.optin_mail WHERE company_id = %s AND contact_id = %s"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What somebody gets: the events behind `after` up to `until`, or what came of them.

    `key_id` is None for the command line. `selected` tells that only some contacts, or some kinds
    of events, were asked for: then nobody can say later of whom anything was told.
    """

    company_id: UUID
    kind: Literal["export", "audit-export", "feed"]
    key_id: UUID | None
    until: int
    after: int = 0
    selected: bool = False
    contact_id: UUID | None = None


def note(connection: Connection[Any], made: Disclosure) -> None:
    """Write down that a file goes out."""
    connection.execute(INSERT, asdict(made))


async def note_reader(connection: AsyncConnection[Any], made: Disclosure) -> None:
    """Write down that a program reads on; what it gets on one day becomes one row."""
    await connection.execute(MERGE, asdict(made))


def of_contact(connection: Connection[Any], company_id: UUID, contact_id: UUID) -> list[Json]:
    """Return who has got events of a contact, or what came of them, the earliest first."""
    wanted = {"company_id": company_id, "contact_id": contact_id}
    rows = connection.execute(OF_CONTACT, wanted).fetchall()
    names = keyring.names(connection, company_id, {str(row[1]) for row in rows if row[1]})
    return [
        {
            "kind": kind,
            "keyId": key_id,
            "keyName": names.get(str(key_id)),
            "firstAt": exact(first_at),
            "lastAt": exact(last_at),
            "onlySelected": selected,
            "upToPosition": position,
            "versions": versions,
        }
        for kind, key_id, selected, first_at, last_at, position, versions in rows
    ]


def mails(connection: Connection[Any], company_id: UUID, contact_id: UUID) -> list[Json]:
    """Return the last request for consent that was mailed; earlier ones are in the history."""
    mailed = connection.execute(MAILED, (company_id, contact_id)).fetchall()
    return [{"kind": "mail", "lastAt": exact(mailed_at)} for (mailed_at,) in mailed]
