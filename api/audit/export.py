"""Writes a company's log as it is stored, line by line, in the format of docs/audit.md."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection, IsolationLevel
from psycopg.rows import args_row
from pydantic_core import from_json, to_json

from domain.eventlog import chain

FORMAT = "contacts-export/1"
ROWS_A_TRIP = 500

HEAD = "SELECT position, hash FROM log.company_log WHERE company_id = %s"
ONE_OF = "SELECT FROM log.event WHERE company_id = %s AND contact_id = %s LIMIT 1"

# A time that Python cannot hold was never recorded. It is exported as one that any time zone can
# hold, and so does not fit its hash: a verifier names its position.
EVENTS = """
    SELECT company_id, position, contact_id, version, topic,
        least(greatest(recorded_at, '0001-01-02 UTC'), '9999-12-30 UTC'),
        actor, source, request_id, digest, hash,
        CASE WHEN contact_id = coalesce(%(contact_id)s, contact_id) THEN state END
    FROM log.event WHERE company_id = %(company_id)s ORDER BY position
"""


class Row(NamedTuple):
    """An event as it is stored."""

    company_id: UUID
    position: int
    contact_id: UUID
    version: int
    topic: str
    recorded_at: datetime
    actor: str
    source: str
    request_id: str
    digest: bytes
    hash: bytes
    state: bytes | None


def export(
    connection: Connection[Any], company_id: UUID, contact_id: UUID | None = None
) -> Iterator[bytes]:
    """Yield the lines of an export that shows one instant, however long it takes.

    An erasure meanwhile would blank states of which the export does not know the reason yet.
    """
    connection.rollback()
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    yield from lines(connection, company_id, contact_id)
    connection.rollback()


def lines(
    connection: Connection[Any], company_id: UUID, contact_id: UUID | None = None
) -> Iterator[bytes]:
    """Yield first line, events and last line; with a contact, all others are digests only."""
    yield header(company_id, contact_id)
    position, hash_ = head(connection, company_id)
    wanted = {"company_id": company_id, "contact_id": contact_id}
    with connection.cursor("export", row_factory=args_row(Row)) as cursor:
        cursor.itersize = ROWS_A_TRIP
        for row in cursor.execute(EVENTS, wanted, binary=True):
            yield event(row) if contact_id in {None, row.contact_id} else digests(row)
    yield trailer(position, hash_)


def head(connection: Connection[Any], company_id: UUID) -> tuple[int, bytes]:
    """Return position and hash of the head; one that somebody removed counts as that of no event.

    Whoever verifies finds out that the events say otherwise.
    """
    row = connection.execute(HEAD, (company_id,)).fetchone()
    return row or (0, chain.genesis(company_id))


def has_contact(connection: Connection[Any], company_id: UUID, contact_id: UUID) -> bool:
    """Tell whether the log has an event of the contact."""
    return connection.execute(ONE_OF, (company_id, contact_id)).fetchone() is not None


def header(company_id: UUID, contact_id: UUID | None) -> bytes:
    """Return the first line."""
    content = {
        "format": FORMAT,
        "companyId": company_id,
        "onlyContact": contact_id,
        "genesis": chain.genesis(company_id).hex(),
    }
    return to_json(content) + b"\n"


def event(row: Row) -> bytes:
    """Return the line of an event; its state comes last, byte by byte as it is stored."""
    content = {
        "position": row.position,
        "contactId": row.contact_id,
        "version": row.version,
        "topic": row.topic,
        "recordedAt": chain.instant(row.recorded_at),
        "actor": row.actor,
        "source": row.source,
        "requestId": row.request_id,
        "digest": row.digest.hex(),
        "hash": row.hash.hex(),
    }
    return to_json(content)[:-1] + b',"state":' + verbatim(row.state) + b"}\n"


def digests(row: Row) -> bytes:
    """Return the line of an event of which nothing is to be shown."""
    fields = {name: getattr(row, name) for name in Row._fields[:9]}
    content = {
        "position": row.position,
        "entryHash": chain.digest(chain.entry(**fields)).hex(),
        "digest": row.digest.hex(),
        "hash": row.hash.hex(),
    }
    return to_json(content) + b"\n"


def trailer(position: int, head: bytes) -> bytes:
    """Return the last line."""
    return to_json({"count": position, "head": {"position": position, "hash": head.hex()}}) + b"\n"


def verbatim(state: bytes | None) -> bytes:
    """Return null for an erased state, a JSON object as it is, anything else in hexadecimal."""
    if state is None:
        return b"null"
    return state if is_object_on_one_line(state) else to_json(state.hex())


def is_object_on_one_line(state: bytes) -> bool:
    """Tell whether the bytes can stand in a line of JSON as they are."""
    if not state.startswith(b"{") or b"\n" in state or b"\r" in state:
        return False
    try:
        from_json(state, allow_inf_nan=False)
    except ValueError:
        return False
    return True
