"""A running service, and companies with keys on it: through HTTP and the command line."""

import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx2
import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner

from api.cli.main import app
from api.companies import register
from api.keys import keyring
from tests.conftest import create_database, drop_database


@dataclass
class Running:
    """A service that answers, and the database that it works on."""

    url: str
    database_url: str
    process: subprocess.Popen[str]
    log_file: Path

    def log(self, until: str) -> str:
        """Return what the service has logged, as soon as it has logged this."""
        deadline = time.monotonic() + 10
        while until not in (logged := self.log_file.read_text()):
            assert time.monotonic() < deadline, f"{until} was never logged"
            time.sleep(0.05)
        return logged

    @cached_property
    def database(self) -> psycopg.Connection[Any]:
        """A look behind the service."""
        return psycopg.connect(self.database_url, autocommit=True)

    def contacts(self, *arguments: str) -> Any:
        """Run `contacts …` beside the running service; JSON output is parsed."""
        result = CliRunner().invoke(app, arguments, env={"DATABASE_URL": self.database_url})
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout) if "--json" in arguments else result.stdout


def start(database_url: str, data_dir: Path, *options: str, **settings: str) -> Running:
    """Start `contacts serve` on a free port and wait until it greets."""
    with data_dir.with_suffix(".log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "serve", "--port", "0", *options],
            env={
                **os.environ,
                "DATABASE_URL": database_url,
                "CONTACTS_DATA_DIR": str(data_dir),
                **settings,
            },
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"Contact service on (http://\S+)", line):
            return Running(found[1], database_url, process, data_dir.with_suffix(".log"))
    message = f"the service ended with {process.wait()}"
    raise AssertionError(message)


def stop(running: Running) -> None:
    """Stop a service as an operator does."""
    running.database.close()
    running.process.send_signal(signal.SIGTERM)
    running.process.wait(30)
    if running.process.stdout is not None:
        running.process.stdout.close()


SIGNING_KEY = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"
"""The first key of RFC 8032, section 7.1; the whole world knows it."""


@pytest.fixture(scope="session")
def running(
    server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A service that the tests of a session share; each brings companies of its own."""
    name = f"acceptance_{uuid4().hex}"
    create_database(server_url, name, template)
    service = start(
        make_conninfo(server_url, dbname=name),
        tmp_path_factory.mktemp("service") / "data",
        CONTACTS_SIGNING_KEY=SIGNING_KEY,
    )
    yield service
    stop(service)
    drop_database(server_url, name)


BOOKING = {"start": "2024-01-15T09:00:00+01:00", "end": "2024-01-15T09:30:00+01:00"}
"""The times of a meeting where a test does not care."""


@dataclass
class Tenant:
    """A company with an HTTP client that calls with its key, and a look into its log."""

    id: str
    name: str
    key: str
    http: httpx2.Client
    running: Running

    def create(self, **fields: Any) -> dict[str, Any]:
        """Create a contact and return it as it was answered."""
        answer = self.http.post("/crm", json=fields)
        assert answer.status_code == 201, answer.text
        item: dict[str, Any] = answer.json()["item"]
        return item

    def read(self, contact_id: str) -> dict[str, Any]:
        """Return everything about a contact."""
        answer = self.http.get(f"/crm/{contact_id}")
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content

    def book(self, *attendees: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
        """Book a meeting and return the contacts of the attendees."""
        booking = {**BOOKING, "id": f"appt-{uuid4()}", "attendees": attendees, **fields}
        answer = self.http.post("/crm/bookings", json=booking)
        assert answer.status_code == 201, answer.text
        result: list[dict[str, Any]] = answer.json()["result"]
        return result

    def tell(self, appointment_id: str, what: str, **fields: Any) -> list[dict[str, Any]]:
        """Say what became of a meeting and return the contacts whom it concerns."""
        path = f"/crm/bookings/{quote(appointment_id, safe='')}/{what}"
        answer = self.http.post(path, json=fields)
        assert answer.status_code == 200, answer.text
        result: list[dict[str, Any]] = answer.json()["result"]
        return result

    def found(self, **query: Any) -> list[dict[str, Any]]:
        """Return the rows that a list or search answers."""
        answer = self.http.get("/crm", params=query)
        assert answer.status_code == 200, answer.text
        result: list[dict[str, Any]] = answer.json()["result"]
        return result

    def position(self) -> int:
        """Return how many events the company's log has."""
        query = "SELECT position FROM log.company_log WHERE company_id = %s"
        row = self.running.database.execute(query, (self.id,)).fetchone()
        assert row is not None
        return int(row[0])

    def events(self, contact_id: str | None = None) -> list[dict[str, Any]]:
        """Return the stored events in order, as an auditor with psql sees them."""
        query = (
            "SELECT position, contact_id::text, version, topic, actor, source, request_id, data "
            "FROM log.history WHERE company_id = %s "
            "AND (%s::uuid IS NULL OR contact_id = %s::uuid) "
            "ORDER BY position"
        )
        cursor = self.running.database.execute(query, (self.id, contact_id, contact_id))
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor]


NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing is encrypted; loading the certificates of the world takes longer than a test."""

EVERYTHING = "contacts:read,contacts:write,contacts:erase,audit"


def client(url: str, authorization: str | None = None) -> httpx2.Client:
    """Return a client that calls with this header."""
    headers = {} if authorization is None else {"Authorization": authorization}
    return httpx2.Client(base_url=url, headers=headers, timeout=30, verify=NO_TLS)


def client_of(running: Running, key: str) -> httpx2.Client:
    """Return a client that calls with this key."""
    return client(running.url, f"Bearer {key}")


def make_tenant(running: Running, region: str = "DE") -> Tenant:
    """Make a company with a key that may do everything; close its client when done.

    By the functions behind `contacts companies create` and `contacts keys create`: hundreds of
    tests want a company, and the two commands take fifty times as long.
    """
    name = f"company {uuid4().hex}"
    company_id = register.create(running.database, name, region)
    _, key = keyring.create(running.database, company_id, EVERYTHING.split(","))
    return Tenant(str(company_id), name, key, client_of(running, key), running)


@pytest.fixture
def new_company(running: Running) -> Iterator[Callable[..., Tenant]]:
    """Make companies; the region may be given."""
    with ExitStack() as stack:

        def make(region: str = "DE") -> Tenant:
            tenant = make_tenant(running, region)
            stack.enter_context(tenant.http)
            return tenant

        yield make


@pytest.fixture
def company(new_company: Callable[..., Tenant]) -> Tenant:
    """A fresh company."""
    return new_company()


@pytest.fixture(scope="module")
def shared_company(running: Running) -> Iterator[Tenant]:
    """A company for all tests of a file, which must not disturb each other."""
    tenant = make_tenant(running)
    with tenant.http:
        yield tenant
