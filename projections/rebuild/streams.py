"""Reads contacts' streams from the log and folds them; one event at a time is in memory."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from psycopg import Connection

from domain.eventlog.log import SELECT_STREAMS
from domain.eventlog.mapper import decode
from domain.kernel import Recorded
from projections.inline import ContactRows

T = TypeVar("T")

Address = tuple[UUID, UUID]
"""Company id and contact id."""

Heads = Mapping[UUID, int]
"""Company → the position up to which its log is folded; a company that is missing is at 0."""

FIRST: Address = (UUID(int=0), UUID(int=0))
LAST: Address = (UUID(int=2**128 - 1), UUID(int=2**128 - 1))

FETCH = 2_000
"""Events that travel together."""

# The primary key brings the streams in order; OFFSET 0 is not needed, for nothing is looked up.
SELECT_PIECE = """
    SELECT company_id, contact_id, version, topic, state, position, recorded_at FROM log.event
    WHERE (company_id, contact_id) > (%s, %s) AND (company_id, contact_id) <= (%s, %s)
    ORDER BY company_id, contact_id, version
"""
HEADS = "SELECT company_id, position FROM log.company_log"

# A log that grew since: whose contacts, from which position to which.
SELECT_CHANGED = """
    SELECT DISTINCT company_id, contact_id
    FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS seen (company_id, after, upto)
    CROSS JOIN LATERAL (
        SELECT contact_id FROM log.event
        WHERE company_id = seen.company_id AND position > seen.after AND position <= seen.upto
        ORDER BY position OFFSET 0
    ) AS event ORDER BY company_id, contact_id
"""

Note = Callable[[UUID, UUID, int, Exception], None]
"""Is told of a poison event, which is then passed over; raises when it must not be."""


class Piece(NamedTuple):
    """A part of the log: the streams after one address, up to another."""

    after: Address
    upto: Address


def heads(connection: Connection[Any]) -> dict[UUID, int]:
    """Return where all logs end; all that stands up to there can be read from now on."""
    return dict(connection.execute(HEADS).fetchall())


def changed(connection: Connection[Any], seen: Heads, now: Heads) -> list[Address]:
    """Return the contacts that have events after `seen` and up to `now`."""
    moved = [(c, seen.get(c, 0), upto) for c, upto in now.items() if upto > seen.get(c, 0)]
    if not moved:
        return []
    companies, after, upto = (list(column) for column in zip(*moved, strict=True))
    return connection.execute(SELECT_CHANGED, (companies, after, upto)).fetchall()


def of_piece(connection: Connection[Any], piece: Piece) -> Iterator[tuple[Any, ...]]:
    """Return the events of a piece, stream by stream; inside a transaction."""
    # the planner must not sort what the key has in order, however little it knows of the table
    connection.execute("SET LOCAL enable_sort = off")
    return events(connection, SELECT_PIECE, (*piece.after, *piece.upto))


def of_contacts(
    connection: Connection[Any], contacts: Sequence[Address]
) -> Iterator[tuple[Any, ...]]:
    """Return the events of these contacts, stream by stream; inside a transaction."""
    arguments = {
        "company_ids": [company_id for company_id, _ in contacts],
        "contact_ids": [contact_id for _, contact_id in contacts],
        "after_versions": [0] * len(contacts),
    }
    return events(connection, SELECT_STREAMS, arguments)


def events(connection: Connection[Any], query: str, arguments: Any) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401  # a sequence or a mapping
    """Fetch page by page, so that a stream of any length takes little memory."""
    with connection.cursor("events") as cursor:
        cursor.itersize = FETCH
        yield from cursor.execute(query.encode(), arguments, binary=True)


def folded(stored: Iterable[tuple[Any, ...]], upto: Heads, note: Note) -> Iterator[ContactRows]:
    """Fold events that come stream by stream, leaving out those after `upto`."""
    for (company_id, contact_id), stream in groupby(stored, key=itemgetter(0, 1)):
        rows = ContactRows(company_id, contact_id)
        last = upto.get(company_id, 0)
        for _, _, version, topic, state, position, recorded_at, *_ in stream:
            if position > last:
                continue
            try:
                event = decode(topic, state)
                rows.fold(Recorded(contact_id, version, event, position, recorded_at))
            except Exception as error:  # noqa: BLE001  # whatever a projection may raise
                note(company_id, contact_id, position, error)
        yield rows


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Return the items in lists of this size; the last one may be shorter."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
