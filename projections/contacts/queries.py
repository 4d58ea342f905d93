"""Answers from the contacts view: rows by id, lists, and who has an address or number."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, AsyncCursor, Connection

from projections.contacts.folding import search_words

Key = tuple[UUID, str]
"""Company id and what is looked up."""

SHOWN = (
    "contact_id, version, status, first_name, last_name, email, phone_number, tags, notes, "
    "no_show_count, crm_company_id, account_owner_id, additional_data, address, language, title, "
    "employer, seniority, function, location, created_at, updated_at"
)

BY_EMAIL = (
    "SELECT c.company_id, c.email_key, c.contact_id "
    "FROM unnest(%s::uuid[], %s::text[]) k (company_id, email_key) "
    "JOIN read.contact c USING (company_id, email_key)"
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


@dataclass(frozen=True, slots=True)
class Filter:
    """Which contacts: all words found, all tags there, this owner."""

    term: str = ""
    tags: tuple[str, ...] = ()
    owner_id: UUID | None = None

    def conditions(self) -> tuple[list[str], list[object]]:
        """Return SQL conditions and their parameters."""
        conditions: list[str] = []
        parameters: list[object] = []
        for forms in search_words(self.term):
            conditions.append(f"({' OR '.join(['c.folded LIKE %s'] * len(forms))})")
            parameters += [f"%{escaped(form)}%" for form in forms]
        if self.tags:
            conditions.append("c.tags @> %s")
            parameters.append(list(self.tags))
        if self.owner_id is not None:
            conditions.append("c.account_owner_id = %s")
            parameters.append(self.owner_id)
        return conditions, parameters


@dataclass(frozen=True, slots=True)
class Order:
    """By which key, in which direction; contacts without the key come last."""

    by: str
    descending: bool

    @property
    def column(self) -> str:
        """The column that is sorted by."""
        return SORT_COLUMNS[self.by]


SORT_COLUMNS = {
    "firstName": "first_name_key",
    "lastName": "last_name_key",
    "email": "email_key",
    "createdAt": "created_at",
}


async def search(  # noqa: PLR0913  # a query has that many parts
    connection: AsyncConnection[Any],
    company_id: UUID,
    wanted: Filter,
    order: Order,
    *,
    offset: int,
    limit: int,
) -> tuple[int, list[Any]]:
    """Return how many contacts match, and one page of them, as of one moment."""
    conditions, parameters = wanted.conditions()
    where = " AND ".join(["c.company_id = %s", "c.status = 'live'", *conditions])
    direction = "DESC" if order.descending else "ASC"
    sorting = f'k COLLATE "C" {direction}' if order.column != "created_at" else f"k {direction}"
    sorting = f"{sorting} NULLS LAST, contact_id {direction}"
    shown = ", ".join(f"c.{column.strip()}" for column in SHOWN.split(","))
    query = (
        f"WITH m AS MATERIALIZED (SELECT c.contact_id, c.{order.column} AS k FROM read.contact c "  # noqa: S608  # names are ours
        f"WHERE {where}), "
        f"p AS (SELECT contact_id, k FROM m ORDER BY {sorting} LIMIT %s OFFSET %s) "
        f"SELECT t.total, {shown} FROM (SELECT count(*) AS total FROM m) t "
        "LEFT JOIN p ON true LEFT JOIN read.contact c "
        "ON c.company_id = %s AND c.contact_id = p.contact_id "
        f"ORDER BY {sorting.replace('contact_id', 'p.contact_id')}"
    )
    cursor = await connection.execute(query, [company_id, *parameters, limit, offset, company_id])
    rows = await cursor.fetchall()
    return rows[0].total, [row for row in rows if row.contact_id is not None]


def escaped(text: str) -> str:
    """Take wildcards literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
