"""How events get their places, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import (
    DataError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    StoredEvent,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.eventlog.log import APPEND, SELECT_STREAMS, CompanyLog, Meta, append_arguments
from tests.integration.logs import AS_OWNER, Log, connected, pooled

CONTACT = UUID("0190a5f0-1c2e-7000-9000-00000000000a")
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=5)
EVENT = st.tuples(st.integers(0, 4), TEXT, st.builds(Meta, TEXT, TEXT, TEXT), st.binary(max_size=9))


@pytest.fixture
def log(database_url: str) -> Log:
    return Log(database_url)


def one_event(log: Log, **changes: Any) -> dict[str, Any]:
    events = [(StoredEvent(CONTACT, 1, "contact.created", b"{}"), Meta("key", "api", "request"))]
    return {**append_arguments(log.company_id, events), **changes}


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(appends=st.lists(st.lists(EVENT, max_size=12), max_size=6))
def test_any_list_of_appends_gets_gapless_positions_and_a_whole_chain(
    database_url: str, appends: list[list[tuple[int, str, Meta, bytes]]]
) -> None:
    log = Log(database_url)
    contacts = [uuid4() for _ in range(5)]
    versions = dict.fromkeys(contacts, 0)
    answers: list[tuple[int, datetime]] = []
    with connected(database_url)() as connection:
        for batch in appends:
            events = []
            for number, topic, meta, state in batch:
                versions[contacts[number]] += 1
                stored = StoredEvent(contacts[number], versions[contacts[number]], topic, state)
                events.append((stored, meta))
            answers += connection.execute(APPEND, append_arguments(log.company_id, events))
    log.assert_whole()
    written = [event for batch in appends for event in batch]
    rows = log.rows()
    assert answers == [(row["position"], row["recorded_at"]) for row in rows]
    assert [row["position"] for row in rows] == list(range(1, len(written) + 1))
    assert written == [
        (
            contacts.index(row["contact_id"]),
            row["topic"],
            Meta(row["actor"], row["source"], row["request_id"]),
            row["state"],
        )
        for row in rows
    ]


def test_an_append_that_is_rolled_back_leaves_no_gap(log: Log) -> None:
    log.append(CONTACT, "contact.created")
    with connected(log.url)() as connection:
        connection.execute(APPEND, one_event(log, versions=[2]))
        connection.rollback()
    with pytest.raises(IntegrityError):
        log.recorder.insert_events(
            [StoredEvent(CONTACT, version, "contact.updated", b"{}") for version in (2, 3, 1)]
        )
    assert log.append(CONTACT, "contact.updated", version=2) == [2]
    log.assert_whole()


def test_an_empty_append_answers_nothing_and_moves_nothing(log: Log) -> None:
    before = log.head()
    assert log.recorder.insert_events([]) == []
    assert log.head() == before


def test_companies_count_for_themselves(log: Log) -> None:
    other = Log(log.url)
    assert log.append(CONTACT, "contact.created", "contact.updated") == [1, 2]
    assert other.append(CONTACT, "contact.created") == [1]
    assert [event.position for event in log.recorder.select_events(CONTACT)] == [1, 2]
    assert other.recorder.max_notification_id() == 1


def test_one_append_for_several_companies_continues_the_chain_of_each(log: Log) -> None:
    other = Log(log.url)
    log.append(CONTACT, "contact.created")
    events = [(StoredEvent(uuid4(), 1, "contact.created", b"{}"), Meta()) for _ in range(5)]
    companies = [log.company_id, log.company_id, other.company_id, other.company_id, log.company_id]
    with connected(log.url)() as connection:
        together = {**append_arguments(log.company_id, events), "company_ids": companies}
        places = [position for position, _ in connection.execute(APPEND, together)]
    assert places == [2, 3, 1, 2, 4]
    log.assert_whole()
    other.assert_whole()


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"company_ids": [uuid4()]}, "has no log"),
    ({"company_ids": []}, "differ in length"),
    ({"versions": []}, "differ in length"),
    ({"versions": [1, 2]}, "differ in length"),
    ({"states": []}, "differ in length"),
    ({"request_ids": ["a", "b"]}, "differ in length"),
    ({"contact_ids": None}, "differ in length"),
    ({"company_ids": [None]}, "no NULL"),
    ({"contact_ids": [None]}, "no NULL"),
    ({"versions": [None]}, "no NULL"),
    ({"topics": [None]}, "no NULL"),
    ({"states": [None]}, "no NULL"),
    ({"actors": [None]}, "no NULL"),
    ({"sources": [None]}, "no NULL"),
    ({"request_ids": [None]}, "no NULL"),
    ({"topics": ["a\nb"]}, "control character"),
    ({"actors": ["a\tb"]}, "control character"),
    ({"sources": ["\x7f"]}, "control character"),
    ({"request_ids": ["a\x85"]}, "control character"),
    ({"instants": [datetime.now(UTC) + timedelta(hours=1)]}, "in the future"),
]


def test_what_cannot_be_chained_is_refused(log: Log) -> None:
    with connected(log.url)() as connection:
        for changes, message in WRONG:
            with pytest.raises(psycopg.DataError, match=message), connection.transaction():
                connection.execute(APPEND, one_event(log, **changes))
    assert log.rows() == []


def test_text_beyond_ascii_is_chained_in_utf_8(log: Log) -> None:
    with connected(log.url)() as connection:
        connection.execute(APPEND, one_event(log, actors=["Jürgen"], sources=["ß\u2028"]))
    log.assert_whole()


def test_an_event_is_recorded_at_the_instant_that_the_caller_read_under_the_lock(log: Log) -> None:
    with connected(log.url)() as connection:
        connection.execute("SELECT FROM log.lock_heads(%s)", ([log.company_id],))
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        answer = connection.execute(APPEND, one_event(log, instants=[row[0]])).fetchall()
    assert answer == [(1, row[0])]
    log.assert_whole()


def test_an_instant_before_the_head_s_does_not_turn_time_back(log: Log) -> None:
    opened = log.head()["recorded_at"]
    with connected(log.url)() as connection:
        long_ago = one_event(log, instants=[opened - timedelta(days=1)])
        assert connection.execute(APPEND, long_ago).fetchall() == [(1, opened)]
    log.assert_whole()


@pytest.mark.parametrize("named", [True, False])
def test_time_stands_still_while_the_head_lies_in_the_future(
    database_url: str, superuser_url: str, *, named: bool
) -> None:
    log = Log(database_url)
    future = datetime.now(UTC).replace(microsecond=7) + timedelta(hours=1)
    with psycopg.connect(superuser_url, options=AS_OWNER) as connection:
        connection.execute(APPEND, one_event(log))
        connection.execute("DROP TRIGGER forward ON log.company_log")
        connection.execute("UPDATE log.company_log SET recorded_at = %s", (future,))
    with connected(database_url)() as connection:
        later = one_event(log, versions=[2], at=future if named else None)
        assert connection.execute(APPEND, later).fetchall() == [(2, future)]
    log.assert_whole()


def test_a_version_is_taken_once_and_the_driver_says_by_whom(log: Log) -> None:
    log.append(CONTACT, "contact.created")
    with pytest.raises(IntegrityError) as conflict:
        log.append(CONTACT, "contact.created")
    cause = conflict.value.__cause__
    assert isinstance(cause, psycopg.errors.UniqueViolation)
    assert cause.diag.constraint_name == "event_pkey"


def test_errors_of_the_driver_become_those_of_the_library(log: Log) -> None:
    unreachable = CompanyLog(log.company_id, connected(log.url + " port=1"))
    with pytest.raises(OperationalError):
        unreachable.max_notification_id()
    with pytest.raises(DataError, match="has no log"):
        CompanyLog(uuid4(), connected(log.url)).insert_events(
            [StoredEvent(CONTACT, 1, "contact.created", b"")]
        )
    powerless = CompanyLog(log.company_id, connected(log.url, "-c role=pg_monitor"))
    with pytest.raises(ProgrammingError):
        powerless.select_events(CONTACT)


def test_heads_that_somebody_holds_are_left_out_or_waited_for(database_url: str) -> None:
    held, free = Log(database_url), Log(database_url)
    both = [held.company_id, free.company_id, uuid4()]
    with connected(database_url)() as holder, connected(database_url)() as other:
        holder.execute("SELECT FROM log.lock_heads(%s)", ([held.company_id],))
        other.execute("SET lock_timeout = '50ms'")
        for wait in (False, True):
            taken = other.execute("SELECT company_id FROM log.take_heads(%s, %s)", (both, wait))
            assert taken.fetchall() == [(free.company_id,)]
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("SELECT FROM log.lock_heads(%s)", (both,))
        other.rollback()
        holder.rollback()
        every = other.execute("SELECT company_id FROM log.lock_heads(%s)", (both,)).fetchall()
        assert every == sorted((log.company_id,) for log in (held, free))


def test_streams_of_several_companies_are_loaded_from_where_each_is_known(
    database_url: str,
) -> None:
    one, two = Log(database_url), Log(database_url)
    for log in (one, two):
        log.append(CONTACT, "contact.created", "contact.updated", "contact.tagged")
    wanted = {
        "company_ids": [one.company_id, two.company_id, two.company_id],
        "contact_ids": [CONTACT, CONTACT, uuid4()],
        "after_versions": [0, 2, 0],
    }
    with connected(database_url)() as connection:
        rows = connection.execute(SELECT_STREAMS, wanted).fetchall()
        nothing = connection.execute(SELECT_STREAMS, {name: [] for name in wanted}).fetchall()
    assert nothing == []
    assert [row[:3] for row in rows] == sorted(
        [(one.company_id, CONTACT, version) for version in (1, 2, 3)]
        + [(two.company_id, CONTACT, 3)]
    )


def test_streams_are_loaded_by_their_key_however_few_there_are(database_url: str) -> None:
    with pooled(database_url, size=1) as connect, connect() as connection:
        wanted = {"company_ids": [uuid4()], "contact_ids": [CONTACT], "after_versions": [0]}
        plan = connection.execute(f"EXPLAIN {SELECT_STREAMS}", wanted).fetchall()
    text = "\n".join(line for (line,) in plan)
    assert "event_pkey" in text
    assert "Nested Loop" in text
    assert "Seq Scan" not in text
