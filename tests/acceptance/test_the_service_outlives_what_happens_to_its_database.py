"""Started too early, restarted under load, ended with requests under way, one of several killed."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any
from uuid import UUID

import httpx2
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from api.cli import serve
from api.embedded import EmbeddedServer
from api.metrics.snapshot import CODEC
from api.settings import Settings
from tests.acceptance.conftest import Running, Tenant, client, client_of, make_tenant, start, stop
from tests.acceptance.test_an_operator_sees_how_the_service_is import figure
from tests.integration.embedded_servers import copy_used, eventually, reachable_place
from tests.integration.proxy import Proxy
from tests.integration.writing import head_held

RECOVERY_SECONDS = 5.0
BUSY = 5.0
"""Seconds that a busy machine may take longer than promised."""


@contextmanager
def served(url: str, data_dir: Path, *options: str, **settings: str) -> Iterator[Running]:
    running = start(url, data_dir, *options, **settings)
    try:
        yield running
    finally:
        stop(running)


def test_it_waits_for_a_database_that_is_not_there_yet(database_url: str, tmp_path: Path) -> None:
    log = tmp_path / "data.log"
    with TemporaryDirectory(prefix="late-") as folder, ThreadPoolExecutor(1) as threads:
        late = make_conninfo(database_url, host=folder, port=5432)
        starting = threads.submit(start, late, tmp_path / "data")
        said = "waiting up to 60 s for the database"
        assert eventually(lambda: log.exists() and said in log.read_text(), 20)
        proxy = Proxy(database_url, Path(folder))
        running = starting.result(30)
        with client(running.url) as http:
            assert http.get("/health/ready").status_code == 200
            running.database.execute("DROP TABLE edge.optin_mail")
            refused = http.get("/health/ready")
            assert refused.status_code == 503
            assert refused.json()["checks"]["migrations"]["reason"] == "no table edge.optin_mail"
        stop(running)
        proxy.close()
    assert log.read_text().count(said) == 1


def test_it_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "WAIT_FOR_DATABASE_SECONDS", 0.2)
    with pytest.raises(psycopg.OperationalError):
        serve.prepare(Settings(), "postgresql://127.0.0.1:1/contacts")


@contextmanager
def writing_all_the_time(company: Tenant) -> Iterator[dict[str, int]]:
    """Create contacts without a pause; gives address → status, 0 where there was no answer."""
    answered: dict[str, int] = {}
    end = Event()

    def write(name: str) -> None:
        number = 0
        with client_of(company.running, company.key) as http:
            while not end.is_set():
                number += 1
                address = f"{name}.{number}@example.com"
                try:
                    status = http.post("/crm", json={"email": address}).status_code
                except httpx2.TransportError:
                    status = 0
                answered[address] = status

    with ThreadPoolExecutor(4) as threads:
        writers = [threads.submit(write, name) for name in ("anna", "boris", "carla", "dora")]
        try:
            yield answered
        finally:
            end.set()
        for writer in writers:
            writer.result()


def stored(company: Tenant) -> Counter[str]:
    """How often each address was recorded."""
    return Counter(event["data"]["email"] for event in company.events())


def test_a_database_that_restarts_under_load_loses_nothing_that_was_acknowledged(
    tmp_path: Path,
) -> None:
    with reachable_place() as place:
        data_dir = copy_used(place / "data")
        with EmbeddedServer(data_dir) as server:
            url = server.url
            running = start(url, tmp_path / "data")
            company = make_tenant(running)
            running.database.close()
            with client(running.url) as http, writing_all_the_time(company) as answered:
                assert eventually(lambda: 201 in answered.values(), 20)
                server.stop()
                assert eventually(lambda: ready(http)["database"]["ok"] is False, 20)
                assert http.get("/health/live").status_code == 200
                server.start()
                back, known = time.monotonic(), len(answered)
                again = list(answered)[:known]
                assert eventually(
                    lambda: 201 in (answered[a] for a in set(answered) - set(again)), 30
                )
                assert time.monotonic() - back < RECOVERY_SECONDS + BUSY
                assert eventually(lambda: all(one["ok"] for one in ready(http).values()), 20)
            del running.__dict__["database"]
            found = stored(company)
            acknowledged = {address for address, status in answered.items() if status == 201}
            assert acknowledged <= found.keys()
            assert set(found.values()) == {1}
            assert running.process.poll() is None
            company.http.close()
            stop(running)


def ready(http: httpx2.Client) -> dict[str, Any]:
    checks: dict[str, Any] = http.get("/health/ready").json()["checks"]
    return checks


def test_requests_under_way_are_answered_before_it_ends(database_url: str, tmp_path: Path) -> None:
    running = start(database_url, tmp_path / "data")
    company = make_tenant(running)
    with ThreadPoolExecutor(4) as threads:
        with head_held(database_url, UUID(company.id)):
            calls = [threads.submit(create, company, number) for number in range(4)]
            assert eventually(lambda: figure(running, "contacts_writer_waiting") == 4, 20)
            running.process.send_signal(signal.SIGTERM)
            assert eventually(lambda: not accepts(running), 20)
        assert [call.result() for call in calls] == [201] * 4
    assert running.process.wait(20) == 0
    assert len(stored(company)) == 4
    company.http.close()
    stop(running)


def create(company: Tenant, number: int) -> int:
    with client_of(company.running, company.key) as http:
        return http.post("/crm", json={"email": f"{number}@example.com"}).status_code


def accepts(running: Running) -> bool:
    try:
        with client(running.url) as http:
            http.get("/health/live")
    except httpx2.TransportError:
        return False
    return True


REQUESTS = ("contacts_http_request_seconds_count", 'method="GET"', 'route="/v4/user/me"')


def test_any_of_several_processes_tells_what_all_of_them_have_counted(
    database_url: str, tmp_path: Path
) -> None:
    with served(database_url, tmp_path / "data", "--workers", "2") as running:
        company = make_tenant(running)
        for _ in range(30):
            with client_of(running, company.key) as http:
                assert http.get("/v4/user/me").status_code == 200
        company.http.close()
        assert counted(running) <= 30
        assert eventually(lambda: told_by_all(tmp_path / "data") == 30, 10)
        assert counted(running) == 30
        # one of both answers and tells before the other has begun
        assert eventually(lambda: figure(running, "contacts_writer_alive") == 2, 20)
        os.kill(workers_of(running)[0], signal.SIGKILL)
        assert eventually(lambda: figure(running, "contacts_writer_alive") == 2, 20)
        assert counted(running) == 30
        assert figure(running, "contacts_processes_age_seconds") < BUSY
    assert list((tmp_path / "data" / "processes").iterdir()) == []


def counted(running: Running) -> float:
    return figure(running, *REQUESTS, 'status="200"')


def told_by_all(data_dir: Path) -> float:
    """What the processes have told each other; who is killed takes at most a second with it."""
    files = (data_dir / "processes").rglob("*.json")
    families = (CODEC.validate_json(file.read_bytes()).families for file in files)
    values = (
        value for family in families for value in family["contacts_http_request_seconds"].values
    )
    wanted = ("GET", "/v4/user/me", "200")
    return sum(sum(counts[:-1]) for labels, counts in values if labels == wanted)


def workers_of(running: Running) -> list[int]:
    """The processes that answer; another child of the supervisor tracks resources."""
    command = ["pgrep", "-P", str(running.process.pid), "-f", "spawn_main"]
    return [int(pid) for pid in subprocess.check_output(command, text=True).split()]
