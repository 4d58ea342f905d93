"""Hides how it is proved, after whatever happened, that the log holds what callers were told."""

from collections import Counter
from typing import Any

import psycopg

from tests.integration.rebuilds import rebuilt
from tests.reliability.load import Load

MARKS = (
    "SELECT data->>'notes' AS mark, contact_id::text FROM log.history "
    "WHERE company_id = %s AND data->>'notes' IS NOT NULL"
)
ROWS = "SELECT contact_id::text FROM read.contact WHERE company_id = %s"
PLACES = "SELECT position FROM log.event WHERE company_id = %s ORDER BY position"


def assert_nothing_lost(load: Load, url: str) -> None:
    """Every acknowledged write is there once, no other twice, and log and rows are whole."""
    with psycopg.connect(url) as connection:
        recorded = asked(connection, MARKS, load)
        rows = {contact_id for (contact_id,) in asked(connection, ROWS, load)}
        places = [position for (position,) in asked(connection, PLACES, load)]
    there = dict(recorded)
    lost = load.acknowledged.items() - there.items()
    twice = {mark for mark, times in Counter(mark for mark, _ in recorded).items() if times > 1}
    assert not lost
    assert not twice
    assert there.keys() <= load.acknowledged.keys() | load.unanswered
    assert rows == set(there.values())
    assert places == list(range(1, len(places) + 1))
    assert load.statuses.keys() <= {200, 201, 503}
    assert rebuilt(url, verify=True).proved
    load.company.running.contacts("audit", "verify", "--company", load.company.name)


def asked(connection: psycopg.Connection[Any], query: str, load: Load) -> list[tuple[Any, ...]]:
    """Return what is there of the company that was written to."""
    return connection.execute(query.encode(), (load.company.id,)).fetchall()
