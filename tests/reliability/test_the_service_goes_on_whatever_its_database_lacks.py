"""Room, connections, time, or a clock that is right: without one of them there is a clear answer.

Connections that are cut and databases that restart are in the tests of the writer and of the
service's start and end.
"""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import psycopg
import pytest

from api import database
from api.embedded.site import find_site
from tests.acceptance.conftest import Tenant
from tests.acceptance.refusals import expect_refusal
from tests.integration.embedded_servers import (
    answers,
    copy_used,
    eventually,
    reachable_place,
)
from tests.reliability.disks import Disk, small_disk
from tests.reliability.load import under_load
from tests.reliability.proofs import assert_nothing_lost
from tests.reliability.services import Service, Zygote

RECOVERY_SECONDS = 5.0
BUSY = 15.0
"""Seconds that a busy machine may take longer than promised."""

SHORT: dict[str, object] = {
    "api.database.POOL_SECONDS": 0.5,
    "api.database.READ_OPTIONS": database.READ_OPTIONS.replace("timeout=10s", "timeout=2s"),
    "api.writer.BUSY_AFTER_SECONDS": 1.0,
}


@pytest.fixture
def service(forge: Zygote, database_url: str, tmp_path: Path) -> Iterator[Service]:
    """A service with two connections for reading, and little patience."""
    few = {"CONTACTS_POOL_SIZE": "2"}
    service = Service(forge, database_url, tmp_path / "data", few, SHORT)
    service.start()
    yield service
    service.kill()


@pytest.fixture
def company(service: Service) -> Iterator[Tenant]:
    """A company on it."""
    company = service.company()
    with company.http:
        yield company


def assert_clear(answer: httpx2.Response, *codes: str) -> None:
    """It is refused in a way from which a caller can tell what to do."""
    expect_refusal(answer, 503)
    assert answer.headers["retry-after"]
    assert answer.json()["code"] in codes


# -- time and connections ------------------------------------------------------------------------


@contextmanager
def locked(url: str, table: str) -> Iterator[None]:
    """Whoever wants something of the table waits meanwhile."""
    with psycopg.connect(url) as connection:
        connection.execute(f"LOCK TABLE {table}".encode())
        yield
        connection.rollback()


def test_what_takes_too_long_is_ended_and_told_and_not_asked_again(
    company: Tenant, database_url: str
) -> None:
    contact = company.create(email="anna@example.com")
    with locked(database_url, "read.contact"):
        began = time.monotonic()
        assert_clear(company.http.get(f"/crm/{contact['id']}"), "busy")
        assert time.monotonic() - began < 4  # the statement may take two seconds
        assert_clear(company.http.post("/crm", json={"email": "ben@example.com"}), "busy")
    assert company.read(contact["id"])["item"] == contact
    company.create(email="ben@example.com")


def test_when_all_connections_are_taken_the_others_are_told_and_the_service_lives(
    company: Tenant, database_url: str
) -> None:
    contact = company.create(email="anna@example.com")
    path = f"/crm/{contact['id']}"
    with locked(database_url, "read.contact"), ThreadPoolExecutor(10) as threads:
        calls = [threads.submit(company.http.get, path) for _ in range(10)]
        assert company.http.get("/health/live").status_code == 200
        refused = [call.result() for call in calls]
    for answer in refused:
        assert_clear(answer, "busy", "database_unavailable")
    assert {answer.json()["code"] for answer in refused} == {"busy", "database_unavailable"}
    assert company.read(contact["id"])["item"] == contact


# -- the clock -----------------------------------------------------------------------------------

AHEAD = "UPDATE log.company_log SET recorded_at = recorded_at + interval '1 hour'"
TIMES = "SELECT recorded_at FROM log.event WHERE company_id = %s ORDER BY position"
NOW = "SELECT clock_timestamp()"


def test_a_database_s_clock_that_was_set_back_lets_time_stand_still(
    service: Service, company: Tenant, database_url: str
) -> None:
    """What it leaves behind is a log that ends an hour ahead of it."""
    contact = company.create(email="anna@example.com")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # a head only moves on
        connection.execute(AHEAD)
        with under_load(company) as load:
            load.goes_on()
        times = [at for (at,) in connection.execute(TIMES, (company.id,))]
        [[now]] = connection.execute(NOW).fetchall()
    assert times == sorted(times)
    assert len(set(times[1:])) == 1
    assert times[-1] > now
    past = company.http.get(f"/crm/{contact['id']}", params={"asOf": now.isoformat()})
    assert past.json()["item"] == contact
    feed = company.http.get("/events", params={"after": 0, "limit": 1_000}).json()
    assert len(feed["events"]) == len(times)
    assert "ahead of the database's clock" in doctor(company)
    load.unanswered.clear()
    assert service.alive


def doctor(company: Tenant) -> str:
    """Return what the doctor says of the log."""
    text: str = company.running.contacts("doctor")
    return " ".join(text.split())


def test_a_service_whose_clock_is_set_back_goes_on(
    service: Service, company: Tenant, database_url: str
) -> None:
    with under_load(company) as load:
        load.goes_on()
        service.send(signal.SIGUSR1)
        load.goes_on()
    assert load.statuses.keys() == {200, 201}
    with psycopg.connect(database_url) as connection:
        times = [at for (at,) in connection.execute(TIMES, (company.id,))]
        [[now]] = connection.execute(NOW).fetchall()
    assert times == sorted(times)
    assert (now - times[-1]).total_seconds() < BUSY
    earliest: str = times[0].isoformat()

    def happened() -> bool:
        words = reversed(service.log.read_text().split())
        last = next(word for word in words if word.startswith("timestamp="))
        return last.removeprefix("timestamp=") < earliest

    assert eventually(happened, BUSY)  # lines leave the service in groups
    assert_nothing_lost(load, database_url)


# -- room ----------------------------------------------------------------------------------------


@pytest.fixture
def disk() -> Iterator[Disk]:
    """A disk that is soon full."""
    with reachable_place() as place, small_disk(place / "disk", 110) as disk:
        yield disk


def test_a_full_disk_stops_writing_until_there_is_room_again(disk: Disk, forge: Zygote) -> None:
    """Everything is on it: the database, what the service leaves in files, and its log."""
    data_dir = copy_used(disk.folder / "data")
    hurried: dict[str, object] = {"domain.application.contacts.PATIENCE_SECONDS": 0.5}
    service = Service(forge, "", data_dir, constants={**SHORT, **hurried})
    service.start()
    url = find_site(data_dir).url()
    service.database_url = url
    company = service.company()
    with company.http, under_load(company) as load:
        load.goes_on()
        disk.fill()
        load.is_refused(60)
        assert company.http.get("/crm").status_code == 200
        assert service.alive
        disk.empty()
        load.goes_on(RECOVERY_SECONDS + BUSY)

        disk.fill()
        with suppress(psycopg.OperationalError), psycopg.connect(url) as connection:
            connection.execute("SELECT pg_switch_wal()")  # needs a new file, without which it ends
        assert eventually(lambda: not answers(url), 60)
        load.is_refused(60)
        assert company.http.get("/health/live").status_code == 200
        disk.empty()
        load.goes_on(RECOVERY_SECONDS + BUSY)
    assert_nothing_lost(load, url)
    service.send(signal.SIGTERM)
    assert eventually(lambda: not service.alive, 30)
