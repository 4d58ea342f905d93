"""Webhooks while the database is away, and those that a service had stored when it was killed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.acceptance.conftest import Running, client_of, make_tenant, start, stop
from tests.acceptance.intake import Scheduler, connect, people
from tests.acceptance.refusals import expect_refusal
from tests.conftest import create_database, drop_database
from tests.intake_payloads import calendly

ALLOW = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"


@pytest.fixture
def name(server_url: str, template: str) -> Iterator[str]:
    """A database of one's own, which may be away for a while."""
    name = f"away_{uuid4().hex}"
    create_database(server_url, name, template)
    yield name
    drop_database(server_url, name)


@pytest.fixture
def alone(server_url: str, name: str, tmp_path: Path) -> Iterator[Running]:
    """A service of one's own."""
    with serving(make_conninfo(server_url, dbname=name), tmp_path / "data") as running:
        yield running


@pytest.fixture
def scheduler(alone: Running) -> Iterator[Scheduler]:
    """A source of a company on it."""
    tenant = make_tenant(alone)
    with tenant.http:
        yield connect(tenant, "calendly")


@contextmanager
def serving(database_url: str, data_dir: Path) -> Iterator[Running]:
    """Serve meanwhile."""
    running = start(database_url, data_dir)
    try:
        yield running
    finally:
        stop(running)


def test_while_the_database_is_away_the_scheduler_is_asked_to_come_again(
    server_url: str, name: str, scheduler: Scheduler
) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(ALLOW.format(sql.Identifier(name), sql.SQL("false")))
        connection.execute(END, (name,))
        answer = scheduler.send(calendly())
        expect_refusal(answer, 503)
        assert answer.headers["retry-after"]
        connection.execute(ALLOW.format(sql.Identifier(name), sql.SQL("true")))
    deadline = time.monotonic() + 20
    while scheduler.send(calendly()).status_code == 503:
        assert time.monotonic() < deadline
    (row,) = people(scheduler.company)
    assert len(row["appointments"]) == 1


def test_a_service_that_starts_does_what_another_one_had_only_stored(
    alone: Running, scheduler: Scheduler, tmp_path: Path
) -> None:
    fault = "ALTER TABLE log.event ADD CONSTRAINT fault CHECK (version < 1) NOT VALID"
    alone.database.execute(fault)
    assert scheduler.send(calendly()).json()["state"] == "rejected"
    alone.database.execute("ALTER TABLE log.event DROP CONSTRAINT fault")
    long_ago = (
        "UPDATE edge.delivery SET state = 'received', taken_at = now() - interval '2 minutes'"
    )
    alone.database.execute(long_ago)
    with (
        serving(alone.database_url, tmp_path / "second") as second,
        client_of(second, scheduler.company.key) as http,
    ):
        deadline = time.monotonic() + 20
        while http.get("/crm/details", params={"attendeeId": "BBB"}).status_code == 404:
            assert time.monotonic() < deadline, "the delivery was not taken up"
            time.sleep(0.05)
        while scheduler.deliveries()[0]["state"] != "done":
            assert time.monotonic() < deadline
