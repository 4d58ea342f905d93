"""Answers from the appointments view: places of contacts, and who has a place in a meeting."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, AsyncCursor, Connection

Key = tuple[UUID, str]
"""Company id and appointment id."""

SHOWN = (
    "contact_id, appointment_id, attendee_id, start_at, end_at, timezone, meeting_type_id, "
    "meeting_type_name, hosts, channel, meeting_link, is_cancelled, cancel_reason, "
    "rescheduled_from, is_no_show, source"
)

OF_CONTACTS = (
    f"SELECT {SHOWN} FROM read.appointment "  # noqa: S608  # names are ours
    "WHERE company_id = %s AND contact_id = ANY(%s) ORDER BY start_at, appointment_id, attendee_id"
)
CONTACT_OF_ATTENDEE = (
    "SELECT contact_id FROM read.appointment WHERE company_id = %(company_id)s "
    "AND attendee_id = ANY(%(names)s) ORDER BY array_position(%(names)s, attendee_id) LIMIT 1"
)
HOLDERS = (
    "SELECT k.company_id, k.appointment_id, a.contact_id "
    "FROM unnest(%(companies)s::uuid[], %(names)s::text[]) k (company_id, appointment_id) "
    "JOIN read.appointment a USING (company_id, appointment_id) "
    "UNION "  # who had a place under a name that the meeting had before
    "SELECT k.company_id, k.appointment_id, a.contact_id "
    "FROM unnest(%(companies)s::uuid[], %(names)s::text[]) k (company_id, appointment_id) "
    "JOIN read.appointment a "
    "ON a.company_id = k.company_id AND a.former_ids @> ARRAY[k.appointment_id] "
    "AND a.former_ids <> '{}'"
)


def find_by_appointment(
    connection: Connection[Any], keys: Iterable[Key]
) -> Callable[[], dict[Key, list[UUID]]]:
    """Ask who has a place in these meetings; call the result to read the answer."""
    asked = list(keys)
    if not asked:
        return dict
    companies, appointments = zip(*asked, strict=True)
    cursor = connection.execute(
        HOLDERS, {"companies": list(companies), "names": list(appointments)}
    )

    def answer() -> dict[Key, list[UUID]]:
        holders: dict[Key, list[UUID]] = {}
        for company_id, appointment_id, contact_id in cursor.fetchall():
            holders.setdefault((company_id, appointment_id), []).append(contact_id)
        return holders

    return answer


async def of_contacts(
    connection: AsyncConnection[Any], company_id: UUID, contact_ids: list[UUID]
) -> dict[UUID, list[Any]]:
    """Return the places of several contacts, by contact."""
    if not contact_ids:
        return {}
    cursor = await connection.execute(OF_CONTACTS, (company_id, contact_ids))
    places: dict[UUID, list[Any]] = {}
    for row in await cursor.fetchall():
        places.setdefault(row.contact_id, []).append(row)
    return places


async def ask_of(
    connection: AsyncConnection[Any], company_id: UUID, contact_id: UUID
) -> AsyncCursor[Any]:
    """Ask for the places of one contact."""
    return await connection.execute(OF_CONTACTS, (company_id, [contact_id]))


async def contact_of(
    connection: AsyncConnection[Any], company_id: UUID, attendee_id: str
) -> UUID | None:
    """Return whose place this is; of a URI, as Calendly names it, the end counts as well."""
    end = attendee_id.rstrip("/").rpartition("/")[2] if "://" in attendee_id else attendee_id
    names = list(dict.fromkeys([attendee_id, end]))
    cursor = await connection.execute(
        CONTACT_OF_ATTENDEE, {"company_id": company_id, "names": names}
    )
    row = await cursor.fetchone()
    return None if row is None else row.contact_id
