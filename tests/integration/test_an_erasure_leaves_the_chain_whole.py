"""What goes when a contact is erased, and what stays."""

from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError
from psycopg.errors import RestrictViolation

from domain.eventlog.chain import digest
from tests.integration.logs import AS_OWNER, Log, connected

CONTACT, OTHER = uuid4(), uuid4()
SECRET = b'{"schema":1,"nonce":"00","data":{"first_name":"Anna"}}'


@pytest.fixture
def log(database_url: str) -> Log:
    """Two contacts of one company, their events between each other's."""
    log = Log(database_url)
    log.append(CONTACT, "contact.created", state=SECRET)
    log.append(OTHER, "contact.created", state=SECRET)
    log.append(CONTACT, "contact.updated", version=2, state=SECRET)
    return log


def erase(log: Log, contact_id: UUID = CONTACT) -> int:
    with connected(log.url)() as connection:
        row = connection.execute(
            "SELECT log.erase(%s, %s)", (log.company_id, contact_id)
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_the_states_of_the_contact_go_and_everything_else_stays(log: Log) -> None:
    before = log.rows()
    log.append(CONTACT, "contact.erased", version=3, state=b"why")
    assert erase(log) == 2
    after = log.rows()
    assert [row["state"] for row in after] == [None, SECRET, None, b"why"]
    assert [row["digest"] for row in after] == [digest(SECRET)] * 3 + [digest(b"why")]
    for old, new in zip(before, after, strict=False):
        assert {**old, "state": 0, "data": 0} == {**new, "state": 0, "data": 0}
    log.assert_whole()


def test_an_erased_event_is_read_without_a_state(log: Log) -> None:
    log.append(CONTACT, "contact.erased", version=3)
    erase(log)
    events = log.recorder.select_events(CONTACT)
    assert [(e.topic, e.state) for e in events] == [
        ("contact.created", None),
        ("contact.updated", None),
        ("contact.erased", b"{}"),
    ]
    assert [n.state for n in log.recorder.select_notifications(1, 9)] == [None, SECRET, None, b"{}"]


def test_erasing_twice_erases_once(log: Log) -> None:
    log.append(CONTACT, "contact.erased", version=3)
    assert (erase(log), erase(log)) == (2, 0)
    log.assert_whole()


def test_a_contact_whose_stream_has_not_ended_is_not_blanked(log: Log) -> None:
    log.append(OTHER, "contact.erased", version=2)
    with pytest.raises(RestrictViolation, match=r"has no contact\.erased"):
        erase(log)
    assert [row["state"] for row in log.rows()] == [SECRET, SECRET, SECRET, b"{}"]


def test_another_company_cannot_erase_the_contact(log: Log) -> None:
    other = Log(log.url)
    log.append(CONTACT, "contact.erased", version=3)
    with pytest.raises(RestrictViolation):
        erase(other)
    assert [row["state"] for row in log.rows()][:3] == [SECRET] * 3


@pytest.mark.parametrize(
    "change",
    [
        "state = 'other' WHERE version = 1",
        "state = NULL, actor = 'somebody else' WHERE version = 1",
        "state = NULL WHERE topic = 'contact.erased'",
    ],
)
def test_even_in_an_erased_stream_only_the_earlier_states_may_go(
    log: Log, superuser_url: str, change: str
) -> None:
    log.append(CONTACT, "contact.erased", version=3)
    update = f"UPDATE log.event SET {change} AND contact_id = '{CONTACT}'"
    with (
        pytest.raises(RestrictViolation),
        psycopg.connect(superuser_url, options=AS_OWNER) as connection,
    ):
        connection.execute(update.encode())
    log.assert_whole()


def test_the_end_of_another_stream_is_no_reason_to_blank_this_one(
    log: Log, superuser_url: str
) -> None:
    log.append(OTHER, "contact.erased", version=2)
    Log(log.url).append(CONTACT, "contact.erased")
    with psycopg.connect(superuser_url, options=AS_OWNER) as connection:
        for position in (1, 3):
            with pytest.raises(RestrictViolation), connection.transaction():
                connection.execute(
                    "UPDATE log.event SET state = NULL WHERE company_id = %s AND position = %s",
                    (log.company_id, position),
                )
    assert [row["state"] for row in log.rows()] == [SECRET, SECRET, SECRET, b"{}"]


def test_a_state_does_not_come_back(log: Log, superuser_url: str) -> None:
    log.append(CONTACT, "contact.erased", version=3)
    erase(log)
    with (
        pytest.raises(RestrictViolation),
        psycopg.connect(superuser_url, options=AS_OWNER) as connection,
    ):
        connection.execute("UPDATE log.event SET state = %s WHERE position = 1", (SECRET,))


@pytest.mark.parametrize(
    ("version", "topics"),
    [
        (4, ["contact.updated"]),
        (4, ["contact.erased"]),
        (4, ["contact.restored", "contact.updated"]),
        (0, ["contact.updated"]),
    ],
)
def test_nothing_follows_an_erasure(log: Log, version: int, topics: list[str]) -> None:
    log.append(CONTACT, "contact.erased", version=3)
    with pytest.raises(IntegrityError):
        log.append(CONTACT, *topics, version=version)
    assert log.head()["position"] == 4
    log.assert_whole()


@pytest.mark.parametrize("topic", ["contact.updated", "contact.erased"])
def test_nothing_follows_an_erasure_in_the_same_append_either(log: Log, topic: str) -> None:
    with pytest.raises(IntegrityError):
        log.append(CONTACT, "contact.erased", topic, version=3)
    assert log.head()["position"] == 3
    log.assert_whole()


def test_an_erasure_is_the_last_version_of_its_stream(log: Log) -> None:
    log.append(CONTACT, "contact.updated", version=9)
    with pytest.raises(IntegrityError, match="nothing follows"):
        log.append(CONTACT, "contact.erased", version=8)


def test_other_contacts_go_on(log: Log) -> None:
    log.append(CONTACT, "contact.erased", version=3)
    erase(log)
    log.append(OTHER, "contact.updated", version=2)
    log.append(uuid4(), "contact.created")
    log.assert_whole()


def test_the_history_in_psql_shows_the_data_of_every_state_that_has_some(log: Log) -> None:
    contact = uuid4()
    states = [
        b"",
        b"no JSON",
        b"\xff\x00",
        b"[1]",
        b'"text"',
        b'{"schema":1}',
        b'{"data":{"a":"\\u0000"}}',
        b'{"data":1e999999999}',
        b"[" * 50_000 + b"]" * 50_000,
        '{"schema":1,"nonce":"00","data":{"last_name":"Müller"}}'.encode(),
    ]
    for version, state in enumerate(states, start=1):
        log.append(contact, "contact.updated", version=version, state=state)
    log.append(CONTACT, "contact.erased", version=3)
    erase(log)
    anna = {"first_name": "Anna"}
    assert [row["data"] for row in log.rows()] == [
        *(None, anna, None),
        *[None] * (len(states) - 1),
        {"last_name": "Müller"},
        None,
    ]
