"""Given a checkpoint at the untouched head: whoever has the whole database cannot hide a change."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings
from psycopg.conninfo import make_conninfo

from api.audit.export import Row, lines
from api.audit.verifier import Fault, verify
from tests.conftest import create_database, drop_database
from tests.scale import FULL
from tests.unit.forgery import COMPANY, Story, forged, made_up

pytestmark = pytest.mark.scaled

MUTATIONS = 10_000 if FULL else 500
STORY = made_up(COMPANY, 100)
COLUMNS = ", ".join(Row._fields)

# As a superuser, with triggers off, and without the keys that would refuse some forgeries.
FREE = """
    SET session_replication_role = replica;
    ALTER TABLE log.event DROP CONSTRAINT event_pkey, DROP CONSTRAINT event_company_id_position_key;
    CREATE INDEX ON log.event (company_id, position);
    DROP INDEX log.event_erased;
"""


def store(connection: psycopg.Connection, story: Story) -> None:
    """Write a story over what the tables hold of its company."""
    connection.execute("DELETE FROM log.event WHERE company_id = %s", (story.company_id,))
    with connection.cursor().copy(f"COPY log.event ({COLUMNS}) FROM STDIN") as copy:
        for row in story.rows:
            copy.write_row(row)
    connection.execute(
        "UPDATE log.company_log SET position = %s, hash = %s WHERE company_id = %s",
        (*story.head, story.company_id),
    )


@pytest.fixture(scope="module")
def free(server_url: str, template: str) -> Iterator[psycopg.Connection]:
    """A log in tables that nothing protects."""
    name = "tampering_" + os.urandom(4).hex()
    create_database(server_url, name, template)
    with psycopg.connect(make_conninfo(server_url, dbname=name), autocommit=True) as connection:
        connection.execute(FREE)
        connection.execute("SELECT log.open_company(%s)", (COMPANY,))
        store(connection, STORY)
        yield connection
    drop_database(server_url, name)


def twice(story: Story) -> bool:
    """Tell whether a row is there twice; in which order a table keeps its rows means nothing."""
    return len(story.rows) != len(set(story.rows))


def test_the_untouched_tables_pass(free: psycopg.Connection) -> None:
    with free.transaction():
        assert verify(lines(free, COMPANY), STORY.checkpoint()).position == 100


@pytest.mark.parametrize("beyond", ["-infinity", "infinity", "0044-03-15 BC", "12026-01-01"])
def test_a_time_that_no_calendar_of_python_has_is_named_by_its_position(
    free: psycopg.Connection, beyond: str
) -> None:
    with free.transaction(force_rollback=True):
        free.execute("UPDATE log.event SET recorded_at = %s WHERE position = 7", (beyond,))
        with pytest.raises(Fault, match="position 7:"):
            verify(lines(free, COMPANY))


def test_every_change_of_the_tables_is_found(free: psycopg.Connection) -> None:
    kept = STORY.checkpoint()

    @given(forged(STORY))
    @settings(max_examples=MUTATIONS, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def every_change_is_found(story: Story) -> None:
        assume((set(story.rows), story.head) != (set(STORY.rows), STORY.head) or twice(story))
        with free.transaction(force_rollback=True):
            store(free, story)
            with pytest.raises((Fault, ValueError)):
                verify(lines(free, COMPANY), kept)

    every_change_is_found()
