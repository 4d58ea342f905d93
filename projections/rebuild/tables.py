"""Puts rows of whole contacts into a read model of any name, and takes them out again."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Connection
from psycopg.sql import SQL, Identifier
from pydantic_core import to_json

from projections.contacts import tally
from projections.contacts.projector import ContactRow
from projections.inline import VIEWS, ContactRows
from projections.kernel import View
from projections.rebuild.streams import Address, Heads, chunks

TOGETHER = 500
"""Contacts whose rows are kept in memory at once."""

OF = "(company_id, contact_id) IN (SELECT * FROM unnest(%s::uuid[], %s::uuid[]))"

# Whoever erases holds it until the erasure is committed, whoever writes rows of old events shares
# it from looking for erasures until commit: so one of the two always sees the other.
FORGETTING = "hashtextextended('contacts/forgetting', 0)"
ERASED = (
    "SELECT company_id, contact_id, position FROM log.event "
    f"WHERE topic = 'contact.erased' AND {OF}"
)
COUNTED = "SELECT company_id, contact_id, status, tags, account_owner_id FROM {}.contact"


def store(
    connection: Connection[Any],
    schema: LiteralString,
    contacts: Iterable[ContactRows],
    upto: Heads,
    before: Mapping[Address, tally.Counted] | None = None,
) -> int:
    """Write rows of contacts that have none, folded up to `upto`; returns how many contacts.

    `before` says where those that had rows were counted. Who was erased after `upto` gets none: the
    data from before must not come back, not even until the log is folded further.
    """
    places: dict[Address, tally.Counted] = {}
    for some in chunks(contacts, TOGETHER):
        for view in VIEWS:
            copy(connection, schema, view, some)
        places |= {(rows.company_id, rows.contact_id): rows.counting() for rows in some}
    gone = erased_after(connection, list(places), upto)
    if gone:
        delete(connection, schema, gone)
        places |= dict.fromkeys(gone, tally.NOWHERE)
    was = before or {}
    moves = ((key[0], was.get(key, tally.NOWHERE), now) for key, now in places.items())
    tally.add(connection, moves, schema)
    return len(places)


def copy(
    connection: Connection[Any],
    schema: LiteralString,
    view: View,
    contacts: Sequence[ContactRows],
) -> None:
    """Send the rows of one view."""
    columns = SQL(", ").join(map(Identifier, ("company_id", "contact_id", *view.columns)))
    statement = SQL("COPY {} ({}) FROM STDIN").format(Identifier(schema, view.name), columns)
    with connection.cursor() as cursor, cursor.copy(statement) as sink:
        for cells in cells_of(view, contacts):
            sink.write_row(cells)


def cells_of(view: View, contacts: Sequence[ContactRows]) -> Iterator[list[Any]]:
    """Yield the rows of one view as COPY takes them."""
    values = attrgetter(*view.columns)
    converted = [
        (index, CONVERTED[kind])
        for index, kind in enumerate(view.columns.values(), start=2)
        if kind in CONVERTED
    ]
    for contact in contacts:
        for row in contact.of(view).values():
            cells = [contact.company_id, contact.contact_id, *values(row)]
            for index, convert in converted:
                cells[index] = convert(cells[index])
            yield cells


def as_json(value: Any) -> str | None:  # noqa: ANN401  # whatever a row holds
    """Return a value as `View.upsert` would send it."""
    return None if value is None else to_json(value).decode()


CONVERTED: dict[str, Callable[[Any], Any]] = {"jsonb": as_json, "text[]": list}
"""SQL type → what makes a value of a row one that COPY takes; the other types go as they are."""


def erased_after(
    connection: Connection[Any], contacts: Sequence[Address], upto: Heads
) -> list[Address]:
    """Return who was erased after `upto`, and let nobody be erased until this commits."""
    connection.execute(f"SELECT pg_advisory_xact_lock_shared({FORGETTING})")
    found = connection.execute(ERASED, columns_of(contacts)).fetchall()
    return [
        (company_id, contact_id)
        for company_id, contact_id, position in found
        if position > upto.get(company_id, 0)
    ]


def counters(
    connection: Connection[Any], schema: LiteralString, contacts: Sequence[Address]
) -> dict[Address, tally.Counted]:
    """Return where contacts are counted, going by their rows."""
    query = f"{COUNTED.format(schema)} WHERE {OF}"
    rows = connection.execute(query.encode(), columns_of(contacts)).fetchall()
    return {(company_id, contact_id): counted(*row) for company_id, contact_id, *row in rows}


def counted(status: str, tags: Sequence[str], owner_id: UUID | None) -> tally.Counted:
    """Return where a contact with such a row is counted."""
    return tally.counted(ContactRow(status=status, tags=tuple(tags), account_owner_id=owner_id))


def delete(
    connection: Connection[Any], schema: LiteralString, contacts: Sequence[Address]
) -> dict[str, int]:
    """Delete all rows of contacts, by view; counters are the caller's business."""
    deleted = {}
    for view in VIEWS:
        statement = SQL("DELETE FROM {} WHERE ").format(Identifier(schema, view.name)) + SQL(OF)
        deleted[view.name] = connection.execute(statement, columns_of(contacts)).rowcount
    return deleted


def recount(
    connection: Connection[Any], schema: LiteralString, company_id: UUID | None = None
) -> None:
    """Count the contacts of a company, or of all, anew."""
    only = SQL(" WHERE company_id = {}").format(company_id) if company_id else SQL("")
    connection.execute(SQL("DELETE FROM {}").format(Identifier(schema, "contact_count")) + only)
    with connection.cursor("counted") as cursor:
        cursor.itersize = 10_000
        rows = cursor.execute(SQL(COUNTED.format(schema)) + only)
        moves = ((company, tally.NOWHERE, counted(*row)) for company, _, *row in rows)
        tally.add(connection, moves, schema)


def columns_of(contacts: Sequence[Address]) -> tuple[list[UUID], list[UUID]]:
    """Return addresses as the statements take them."""
    return [company_id for company_id, _ in contacts], [contact_id for _, contact_id in contacts]
