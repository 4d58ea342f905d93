"""Answers everything that is shown of one contact, from all views in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from projections.appointments import queries as appointments
from projections.contacts import queries as contacts
from projections.submissions import queries as submissions

# Three statements take the driver twice as long; rows of a join would repeat the contact, which may
# be large, with each of its places.
OF_CONTACT = f"""
    SELECT {contacts.SHOWN}, (
        SELECT json_agg(place) FROM (
            SELECT {appointments.SHOWN} FROM read.appointment
            WHERE company_id = contact.company_id AND contact_id = contact.contact_id
        ) AS place
    ) AS places, (
        SELECT json_agg(form) FROM (
            SELECT {submissions.SHOWN} FROM read.submission
            WHERE company_id = contact.company_id AND contact_id = contact.contact_id
        ) AS form
    ) AS submissions
    FROM read.contact WHERE company_id = %(company_id)s AND contact_id =
"""
BY_ID = f"{OF_CONTACT} %(contact_id)s"
BY_ATTENDEE = f"{OF_CONTACT} ({appointments.CONTACT_OF_ATTENDEE})"


@dataclass(frozen=True, slots=True)
class Details:
    """The rows of one contact: its own, its places and its forms, both in no order."""

    contact: Any
    places: list[Any]
    submissions: list[Any]


async def by_id(
    connection: AsyncConnection[Any], company_id: UUID, contact_id: UUID
) -> Details | None:
    """Return the contact with this id, in whatever status it is."""
    return await _ask(connection, BY_ID, {"company_id": company_id, "contact_id": contact_id})


async def by_attendee(
    connection: AsyncConnection[Any], company_id: UUID, attendee_id: str
) -> Details | None:
    """Return the contact whose place this is, in whatever status it is."""
    return await _ask(connection, BY_ATTENDEE, appointments.named(company_id, attendee_id))


async def _ask(
    connection: AsyncConnection[Any], query: str, parameters: Mapping[str, object]
) -> Details | None:
    row = await (await connection.execute(query, parameters)).fetchone()
    if row is None:
        return None
    places = [_row(place, "start_at", "end_at") for place in row.places or ()]
    forms = [_row(form, "submitted_at") for form in row.submissions or ()]
    return Details(row, places, forms)


def _row(fields: dict[str, Any], *times: str) -> SimpleNamespace:
    """Return a row that came as JSON in the form that other queries answer."""
    for name in times:
        fields[name] = datetime.fromisoformat(fields[name])
    return SimpleNamespace(**fields)
