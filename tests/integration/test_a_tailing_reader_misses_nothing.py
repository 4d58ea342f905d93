"""What a change feed needs: whoever has read up to a position has read all there is before it."""

from collections.abc import Iterator

import psycopg
import pytest
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from domain.eventlog.log import CompanyLog
from tests.integration.logs import Log, pooled
from tests.integration.tailing import EVENTS, write_and_tail

pytestmark = pytest.mark.scaled

COMPANIES = 50
CONNECTIONS = 40
ROUNDS = 40
EVENTS_A_ROUND = 5_000


def backwards(url: str) -> list[tuple[object, ...]]:
    """Find the events that were recorded before the event at an earlier position."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT company_id, position FROM (SELECT company_id, position, recorded_at, lag("
            "  recorded_at) OVER (PARTITION BY company_id ORDER BY position) AS before"
            "  FROM log.event) AS event WHERE recorded_at < before"
        ).fetchall()


@pytest.mark.timeout(600)
def test_one_reader_a_company_sees_every_event_once_and_in_order(database_url: str) -> None:
    with pooled(database_url, size=CONNECTIONS) as connect:
        logs = [CompanyLog(Log(database_url).company_id, connect) for _ in range(COMPANIES)]
        verdicts = write_and_tail(logs)
    assert sum(sum(verdict.written.values()) for verdict in verdicts) == EVENTS // 24 * 24
    assert [verdict.missed for verdict in verdicts if verdict.missed] == []
    assert [verdict.twice for verdict in verdicts if verdict.twice] == []
    assert all(verdict.gapless for verdict in verdicts)
    assert backwards(database_url) == []


def test_readers_of_one_company_with_many_writers_see_every_event(database_url: str) -> None:
    with pooled(database_url, size=CONNECTIONS) as connect:
        log = CompanyLog(Log(database_url).company_id, connect)
        rounds = [write_and_tail([log, log], EVENTS_A_ROUND) for _ in range(4)]
    assert [verdict.missed or verdict.twice for verdicts in rounds for verdict in verdicts] == (
        [[]] * 8
    )
    assert backwards(database_url) == []


@pytest.fixture
def unlocked(superuser_url: str) -> Iterator[PostgresApplicationRecorder]:
    """Use the library's own recorder with its database functions, which take no lock."""
    info = conninfo_to_dict(superuser_url)
    datastore = PostgresDatastore(
        dbname=str(info["dbname"]),
        host=str(info["host"]),
        port=str(info["port"]),
        user=str(info["user"]),
        password=str(info.get("password", "")),
        pool_size=2,
        max_overflow=CONNECTIONS,
        connect_timeout=60,
        enable_db_functions=True,
    )
    with datastore:
        recorder = PostgresApplicationRecorder(datastore)
        recorder.create_table()
        yield recorder


def test_the_same_check_turns_red_where_events_can_be_missed(
    unlocked: PostgresApplicationRecorder,
) -> None:
    """Numbers from a sequence become visible in another order than they were given out.

    Two readers of one log, as above. A round takes half a second and shows it about every second
    time; the first that does is enough.
    """
    rounds = (write_and_tail([unlocked, unlocked], EVENTS_A_ROUND) for _ in range(ROUNDS))
    assert any(verdict.missed for verdicts in rounds for verdict in verdicts)
