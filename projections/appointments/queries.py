"""Answers from the appointments view: places of contacts, and who has a place in a meeting."""

from collections.abc import Callable, Iterable
from typing import Any, cast
from uuid import UUID

from psycopg import AsyncConnection, Connection

Key = tuple[UUID, str]
"""Company id and appointment id."""

SHOWN = (
    "contact_id, appointment_id, attendee_id, start_at, end_at, timezone, meeting_type_id, "
    "meeting_type_name, hosts, channel, meeting_link, is_cancelled, cancel_reason, "
    "rescheduled_from, is_no_show, source"
)

OF_CONTACTS = (
    f"SELECT {SHOWN} FROM read.appointment "
    "WHERE company_id = %s AND contact_id = ANY(%s) ORDER BY start_at, appointment_id, attendee_id"
)
OF_ATTENDEE = (
    "(SELECT contact_id FROM read.appointment "
    "WHERE company_id = %(company_id)s AND attendee_id = %({})s LIMIT 1)"
)
# not one look-up of an array: PostgreSQL would plan it anew each time, which takes longer than it
CONTACT_OF_ATTENDEE = f"SELECT coalesce({OF_ATTENDEE.format('name')}, {OF_ATTENDEE.format('end')})"
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


async def contact_of(
    connection: AsyncConnection[Any], company_id: UUID, attendee_id: str
) -> UUID | None:
    """Return whose place this is."""
    cursor = await connection.execute(CONTACT_OF_ATTENDEE, named(company_id, attendee_id))
    [(contact_id,)] = await cursor.fetchall()
    return cast("UUID | None", contact_id)


def named(company_id: UUID, attendee_id: str) -> dict[str, object]:
    """Return the parameters of CONTACT_OF_ATTENDEE.

    Of a URI, as Calendly names a place, the end counts as well, unless another has the whole name.
    """
    end = attendee_id.rstrip("/").rpartition("/")[2] if "://" in attendee_id else attendee_id
    return {"company_id": company_id, "name": attendee_id, "end": end}
