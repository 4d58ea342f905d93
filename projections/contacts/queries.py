"""Answers from the contacts view: rows by id, lists, and who has an address or number."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, AsyncCursor, Connection

Key = tuple[UUID, str]
"""Company id and what is looked up."""

SHOWN = (
    "contact_id, version, status, first_name, last_name, email, phone_number, tags, notes, "
    "no_show_count, crm_company_id, account_owner_id, additional_data, address, language, title, "
    "employer, seniority, function, location, created_at, updated_at"
)

BY_EMAIL = (
    "SELECT k.company_id, k.email_key, c.contact_id "
    "FROM unnest(%s::uuid[], %s::text[]) k (company_id, email_key) CROSS JOIN LATERAL ("
    " SELECT contact_id FROM read.contact"
    " WHERE company_id = k.company_id AND email_key = k.email_key OFFSET 0) c"
)
BY_PHONE = (
    "SELECT k.company_id, k.phone_key, c.contact_id "
    "FROM unnest(%s::uuid[], %s::text[]) k (company_id, phone_key) CROSS JOIN LATERAL ("
    " SELECT contact_id FROM read.contact"
    " WHERE company_id = k.company_id AND phone_key = k.phone_key"
    " ORDER BY created_at, contact_id LIMIT 1) c"
)
BY_ID = f"SELECT {SHOWN} FROM read.contact WHERE company_id = %s AND contact_id = %s"  # noqa: S608


def find_by_email(
    connection: Connection[Any], keys: Iterable[Key]
) -> Callable[[], dict[Key, UUID]]:
    """Ask who has these addresses; call the result to read the answer."""
    return _find(connection, BY_EMAIL, keys)


def find_by_phone(
    connection: Connection[Any], keys: Iterable[Key]
) -> Callable[[], dict[Key, UUID]]:
    """Ask for the oldest contact with each number; call the result to read the answer."""
    return _find(connection, BY_PHONE, keys)


def _find(
    connection: Connection[Any], query: str, keys: Iterable[Key]
) -> Callable[[], dict[Key, UUID]]:
    asked = list(keys)
    if not asked:
        return dict
    companies, values = zip(*asked, strict=True)
    cursor = connection.execute(query, (list(companies), list(values)))
    return lambda: {(company, value): contact for company, value, contact in cursor.fetchall()}


async def ask_by_id(
    connection: AsyncConnection[Any], company_id: UUID, contact_id: UUID
) -> AsyncCursor[Any]:
    """Ask for one contact, in whatever status it is."""
    return await connection.execute(BY_ID, (company_id, contact_id))
