"""Answers from the contacts view: rows by id, lists, and who has an address or number."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection

Key = tuple[UUID, str]
"""Company id and what is looked up."""

Named = tuple[str | None, str | None, str | None]
"""Phone number as shown, first and last name."""

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

LIVE_IDS = (
    "SELECT contact_id FROM read.contact "
    "WHERE company_id = %s AND contact_id = ANY (%s) AND status = 'live'"
)
# a number that is not valid has no key, but an index of its own
BY_NUMBER_AND_NAME = (
    "SELECT phone_number, first_name, last_name, contact_id FROM ("
    " SELECT phone_number, first_name, last_name, contact_id, created_at FROM read.contact"
    " WHERE company_id = %s AND phone_key = ANY (%s)"
    " UNION ALL"
    " SELECT phone_number, first_name, last_name, contact_id, created_at FROM read.contact"
    " WHERE company_id = %s AND status = 'live' AND phone_key IS NULL"
    " AND phone_number IS NOT NULL AND phone_number = ANY (%s)"
    ") c ORDER BY created_at DESC, contact_id DESC"
)


def shown(table: str) -> str:
    """Name the columns that are shown, of a table under this name."""
    return ", ".join(f"{table}.{column}" for column in SHOWN.split(", "))


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


def live(connection: Connection[Any], company_id: UUID, contact_ids: Sequence[UUID]) -> set[UUID]:
    """Return which of these contacts are shown."""
    cursor = connection.execute(LIVE_IDS, (company_id, list(contact_ids)))
    return {contact_id for (contact_id,) in cursor}


def with_numbers(
    connection: Connection[Any], company_id: UUID, people: Sequence[Named]
) -> dict[Named, UUID]:
    """Return the oldest contact with each number and name, as they are shown."""
    numbers = list({number for number, _, _ in people})
    cursor = connection.execute(BY_NUMBER_AND_NAME, (company_id, numbers) * 2)
    return {(number, first, last): contact_id for number, first, last, contact_id in cursor}
