"""Whether the log is whole where it was looked at, and can be read by this code."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection

from api.audit.export import Row
from api.doctor.finding import Finding, fine, note, wrong
from domain.errors import anonymous
from domain.eventlog import chain
from domain.eventlog.mapper import decode

SAMPLES = 20
SAMPLE_EVENTS = 200
"""How many pieces of the chain are followed, and how long each is."""

NAMED = 5

HEADS = """
    SELECT head.company_id, head.position, head.hash, last.position, last.hash
    FROM log.company_log AS head LEFT JOIN LATERAL (
        SELECT position, hash FROM log.event WHERE event.company_id = head.company_id
        ORDER BY position DESC LIMIT 1
    ) AS last ON true
    WHERE (head.position, head.hash) IS DISTINCT FROM (last.position, last.hash)
        AND NOT (head.position = 0 AND last.position IS NULL)
    ORDER BY head.company_id
"""
HEADLESS = """
    SELECT company_id FROM edge.company WHERE NOT EXISTS (
        SELECT FROM log.company_log WHERE company_log.company_id = company.company_id)
    UNION SELECT company_id FROM log.company_log WHERE NOT EXISTS (
        SELECT FROM edge.company WHERE company.company_id = company_log.company_id)
    ORDER BY company_id
"""
AHEAD = "SELECT company_id FROM log.company_log WHERE recorded_at > clock_timestamp()"
# At random, but a company of many events more often.
PLACES = """
    SELECT company_id, 1 + floor(random() * position)::bigint
    FROM log.company_log, generate_series(1, %(samples)s)
    WHERE position > 0 ORDER BY random() ^ (1.0 / position) DESC LIMIT %(samples)s
"""
PIECE = """
    SELECT company_id, position, contact_id, version, topic, recorded_at, actor, source,
        request_id, digest, hash, state
    FROM log.event WHERE company_id = %s AND position BETWEEN %s AND %s ORDER BY position
"""
# The schema is the first thing in a state; one example of each kind is enough.
KINDS = """
    SELECT DISTINCT ON (topic, left(encode(substr(state, 1, 12), 'escape'), 12)) topic, state
    FROM log.event WHERE state IS NOT NULL
"""


class Before(NamedTuple):
    """What an event is chained to."""

    position: int
    hash: bytes


def examine(connection: Connection[Any]) -> Iterator[Finding]:
    """Look at heads, at pieces of the chain, and at one event of each kind."""
    yield heads(connection)
    yield companies(connection)
    yield clock(connection)
    yield sample(connection)
    yield kinds(connection)


def heads(connection: Connection[Any]) -> Finding:
    """A head names the last event; there is none beyond it."""
    found = connection.execute(HEADS).fetchall()
    if not found:
        return fine("heads", "each names the last event of its log")
    said = [
        f"company {company_id}: the head is at {head}, the last event at {last or 0}"
        for company_id, head, _, last, _ in found[:NAMED]
    ]
    return wrong("heads", f"{len(found)} are not those of their logs; {'; '.join(said)}")


def companies(connection: Connection[Any]) -> Finding:
    """Each company has a log, each log a company."""
    found = [str(company_id) for (company_id,) in connection.execute(HEADLESS)]
    if found:
        return wrong("companies", f"without a log or only with one: {', '.join(found[:NAMED])}")
    return fine("companies", "each has a log")


def clock(connection: Connection[Any]) -> Finding:
    """A head lies ahead of a clock that was set back; until then times stand still."""
    found = connection.execute(AHEAD).fetchall()
    if found:
        return note("time of the log", f"{len(found)} heads are ahead of the database's clock")
    return fine("time of the log", "no head is ahead of the database's clock")


def sample(connection: Connection[Any]) -> Finding:
    """Compute pieces of the chain anew."""
    followed = set[tuple[UUID, int]]()  # pieces overlap
    for company_id, position in connection.execute(PLACES, {"samples": SAMPLES}).fetchall():
        span = (company_id, position - 1, position + SAMPLE_EVENTS)
        for before, row in links(connection.execute(PIECE, span).fetchall()):
            if not follows(before, row):
                said = f"company {company_id}, position {row.position} does not follow"
                return wrong("chain", said)
            followed.add((company_id, row.position))
    said = f"{len(followed):,} events were followed; `contacts audit verify` follows all"
    return fine("chain", said)


def links(rows: list[tuple[Any, ...]]) -> Iterator[tuple[Before, Row]]:
    """Yield each event with what comes before it; of the first only the beginning is known."""
    before: Before | None = None
    for row in map(Row._make, rows):
        if row.position == 1:
            before = Before(0, chain.genesis(row.company_id))
        if before is not None:
            yield before, row
        before = Before(row.position, row.hash)


def follows(before: Before, row: Row) -> bool:
    """Tell whether an event has the hash that follows from the one before."""
    digest = row.digest if row.state is None else chain.digest(row.state)
    fields = {name: getattr(row, name) for name in Row._fields[:9]}
    link = chain.link(before.hash, chain.entry(**fields), digest)
    return (row.position, row.digest, row.hash) == (before.position + 1, digest, link)


def kinds(connection: Connection[Any]) -> Finding:
    """Read one event of each kind and schema that is stored."""
    read, unread = 0, list[str]()
    for topic, state in connection.execute(KINDS):
        try:
            decode(topic, state)
        except Exception as unreadable:  # noqa: BLE001  # whatever keeps it from being read
            unread.append(f"{topic}: {anonymous(unreadable)}")
        read += 1
    if unread:
        said = "; ".join(unread[:NAMED])
        return wrong("stored events", f"this version cannot read {said}; run a newer one")
    return fine("stored events", f"all {read} kinds can be read")
