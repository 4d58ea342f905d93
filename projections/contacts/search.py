"""Lists and searches: one page of contacts, or all of them, as somebody asks for them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from projections.contacts.folding import search_words
from projections.contacts.question import After, Filter, Order, Slice
from projections.contacts.statements import Query


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page, how many contacts match in all, and where the next page begins."""

    rows: list[Any]
    total: int
    next: After | None


async def search(
    connection: AsyncConnection[Any], company_id: UUID, wanted: Filter, order: Order, part: Slice
) -> Page:
    """Return one page of the matching contacts and their exact number, as of one moment."""
    query = Query(company_id, wanted, order, part)
    counted = await query.counted(connection)
    if counted and query.walk_pays(*counted):
        statement = query.walk()
    elif query.only_short_words():
        statement = query.scan()
    else:
        statement = query.sort()
    # never prepared: a general plan does not know how rare a word or a tag is
    cursor = await connection.execute(statement, query.parameters, prepare=False)
    rows = await cursor.fetchall()
    found = [row for row in rows if row.contact_id is not None]
    more = len(found) > part.limit
    last = found[part.limit - 1] if more else None
    return Page(
        found[: part.limit], rows[0].total, After(last.sort_key, last.contact_id) if last else None
    )


def everyone(company_id: UUID, wanted: Filter) -> tuple[str, dict[str, Any]]:
    """Return the statement, and its parameters, that reads all matching contacts, oldest first."""
    query = Query(company_id, wanted, Order("createdAt", descending=False), Slice(0))
    return query.everything(), query.parameters


def matches(wanted: Filter) -> Callable[[Any], bool]:
    """Return what tells whether a row is meant that was folded and never stored."""
    words, tags = search_words(wanted.term), set(wanted.tags)
    by_tags = {
        "all": tags.issubset,
        "any": lambda own: not tags.isdisjoint(own),
        "none": tags.isdisjoint,
    }[wanted.tags_mode]

    def fits(row: Any) -> bool:  # noqa: ANN401  # a row of the view
        return (
            wanted.owner_id in (None, row.account_owner_id)
            and (not tags or by_tags(row.tags))
            and all(any(form in row.folded for form in forms) for forms in words)
        )

    return fits
