"""The library's runner is compared with fairly: it makes the rows that the service has made."""

import psycopg

from tests.bench import rebuilding
from tests.bench.contestants import runner
from tests.conftest import drop_database
from tests.integration.rebuilds import quiet, rebuilt

EVENTS = 60
NAME = "runner_small"
SHOWN = """
    SELECT contact_id, version, status, first_name, email, tags, no_show_count, folded
    FROM read.contact ORDER BY contact_id
"""
PLACES = (
    "SELECT contact_id, appointment_id, start_at, is_no_show FROM read.appointment ORDER BY 1, 2"
)


def test_the_runner_of_the_library_makes_the_same_rows(server_url: str) -> None:
    url = rebuilding.filled(server_url, NAME, EVENTS)
    try:
        with psycopg.connect(url, autocommit=True) as database:
            made = [database.execute(query).fetchall() for query in (SHOWN, PLACES)]
            assert rebuilt(url, quiet).events == EVENTS
            runner.copy_events(url)
            any(runner.run(url, seconds) and complete(database) for seconds in (1.0, 5.0, 30.0))
            assert [database.execute(query).fetchall() for query in (SHOWN, PLACES)] == made
    finally:
        drop_database(server_url, NAME)


def complete(database: psycopg.Connection[tuple[int]]) -> bool:
    """Tell whether the runner has come to the end of the log."""
    query = "SELECT coalesce(sum(version), 0)::bigint FROM read.contact"
    return database.execute(query).fetchall() == [(EVENTS,)]
