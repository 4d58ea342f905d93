"""Starts the contestants that answer HTTP, each with a database of its own, and loads them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import IO, Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from uuid_utils.compat import uuid7

from api import migrations
from api.companies import register
from api.database import editing
from api.keys import keyring
from api.keys.keyring import Scope
from tests.bench.client import Job, Load
from tests.bench.contestants import plain
from tests.bench.machine import ROOT, cpu_seconds, postmaster, promises
from tests.bench.rounds import Sample

COMPANIES = 50
MOST_A_SECOND = 8_000
"""Requests prepared for each second of a slice; nobody answers more."""

FOR_EVER = 3_600.0
"""Seconds, for a load that ends with its requests."""

SERVE = ("-m", "tests.bench.contestants.serve")
PATIENCE_SECONDS = 15


@dataclass(frozen=True)
class Server:
    """A contestant that runs, and the header blocks its callers send, one a company."""

    name: str
    port: int
    process: int
    postmaster: int
    headers: list[str]

    def load(self, clients: int, companies: int, seconds: float) -> Sample:
        """Let so many clients create contacts of so many companies for a while."""
        return self.send(self.job(clients, seconds, headers=self.headers[:companies]))

    def ask(self, clients: int, ready: Sequence[str], seconds: float) -> Sample:
        """Let so many clients send these requests in turn for a while."""
        return self.send(self.job(clients, seconds, ready=ready))

    def get(self, path: str) -> str:
        """Return a request of the first company for what can be read at a path."""
        return get(path, self.headers[0])

    def answer_all(self, clients: int, ready: Sequence[str]) -> Sample:
        """Let so many clients send each of these requests once, however long it takes."""
        return self.send(replace(self.job(clients, FOR_EVER, ready=ready), most=len(ready)))

    def create(self, clients: int, contacts: int) -> Sample:
        """Let so many clients create so many contacts of the first company."""
        return self.send(
            replace(self.job(clients, FOR_EVER, headers=self.headers[:1]), most=contacts)
        )

    def job(
        self,
        clients: int,
        seconds: float,
        *,
        headers: Sequence[str] = (),
        ready: Sequence[str] = (),
    ) -> Job:
        """Describe a load of as many requests as can be answered in the time."""
        most = 0 if seconds == FOR_EVER else int(seconds * MOST_A_SECOND) + clients
        place = ("127.0.0.1", self.port)
        return Job(*place, clients, seconds, most, token_hex(4), list(headers), list(ready))

    def send(self, job: Job) -> Sample:
        """Run a load, and look at what it takes."""
        before = cpu_seconds(self.process), cpu_seconds(self.postmaster)
        answer = run_client(job)
        after = cpu_seconds(self.process), cpu_seconds(self.postmaster)
        return Sample(
            count=answer.done,
            seconds=answer.seconds,
            refused=answer.refused,
            p50=answer.p50,
            p95=answer.p95,
            cpu={
                "server": after[0] - before[0],
                "PostgreSQL": after[1] - before[1],
                "client": answer.cpu,
            },
        )


def get(path: str, header: str) -> str:
    """Return a request with such a header for what can be read at a path."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n"


def run_client(job: Job) -> Load:
    """Run the load generator in a process of its own."""
    client = subprocess.run(
        [sys.executable, "-m", "tests.bench.client"],
        input=json.dumps(asdict(job)),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
        check=True,
    )
    return Load(**json.loads(client.stdout))


@contextmanager
def ours(server_url: str, folder: Path) -> Iterator[Server]:
    """Run the service as its users do: `contacts serve`, with keys and all."""
    with serving(migrated(server_url, "ours"), folder / "ours") as server:
        yield server


@contextmanager
def serving(url: str, folder: Path, workers: int = 1) -> Iterator[Server]:
    """Run the service on a database that is there, with companies of its own."""
    command = ("-m", "api.cli", "serve", "--port", "0", "--workers", str(workers))
    with started(command, url, folder) as (process, port):
        yield Server("contacts serve", port, process, postmaster(url), keys(url))


@contextmanager
def stock(server_url: str, folder: Path) -> Iterator[Server]:
    """Run the same application on the library's own recorder."""
    url = migrated(server_url, "stock")
    command = (*SERVE, "tests.bench.contestants.stock:create")
    with started(command, url, folder / "stock") as (process, port):
        yield Server("stock recorder", port, process, postmaster(url), keys(url))


@contextmanager
def by_hand(server_url: str, folder: Path) -> Iterator[Server]:
    """Run the hand-written endpoint."""
    url = new_database(server_url, "plain")
    with psycopg.connect(url) as connection:
        connection.execute(plain.SCHEMA)
    command = (*SERVE, "tests.bench.contestants.plain:create")
    headers = [f"X-Company: {uuid7()}\r\n" for _ in range(COMPANIES)]
    with started(command, url, folder / "plain") as (process, port):
        yield Server("one INSERT", port, process, postmaster(url), headers)


@contextmanager
def empty(server_url: str, folder: Path) -> Iterator[Server]:
    """Run an endpoint that keeps nothing."""
    command = (*SERVE, "tests.bench.contestants.empty:create")
    with started(command, server_url, folder / "empty") as (process, port):
        yield Server("empty endpoint", port, process, postmaster(server_url), [""])


def new_database(server_url: str, name: str) -> str:
    """Create a database, in place of what an earlier run left behind, and return its URL."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        for statement in ("DROP DATABASE IF EXISTS {}", "CREATE DATABASE {} TEMPLATE template0"):
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
    url = database(server_url, name)
    promises(url)
    return url


def migrated(server_url: str, name: str) -> str:
    """Create a database with the tables of the service, and return its URL."""
    url = new_database(server_url, name)
    migrations.migrate(url)
    return url


def database(server_url: str, name: str) -> str:
    """Return the URL of one of the server's databases."""
    return make_conninfo(server_url, dbname=name)


def keys(database_url: str) -> list[str]:
    """Make the companies, and the header that a caller of each one sends."""
    with editing(database_url) as connection:
        companies = [
            register.create(connection, f"Company {number}", "DE") for number in range(COMPANIES)
        ]
        return [header(connection, company) for company in companies]


def header(connection: psycopg.Connection[Any], company_id: UUID) -> str:
    """Make a key of a company, and return the header that its callers send."""
    return f"Authorization: Bearer {keyring.create(connection, company_id, list(Scope))[1]}\r\n"


def company_id(connection: psycopg.Connection[Any]) -> UUID:
    """Return the company of the first key."""
    return register.find(connection, "Company 0")


@contextmanager
def started(command: Sequence[str], database_url: str, folder: Path) -> Iterator[tuple[int, int]]:
    """Run a contestant; give its process and port."""
    folder.mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CONTACTS_")},
        "DATABASE_URL": database_url,
        "CONTACTS_DATA_DIR": str(folder),
    }
    with (folder / "log").open("w") as log:
        child = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        yield child.pid, port_of(child.stdout, folder / "log")
    finally:
        stop(child)


def port_of(output: IO[str] | None, log: Path) -> int:
    """Read on until the contestant says where it answers."""
    for line in output or ():
        if found := re.search(r" on http://[^:]+:(\d+)", line):
            return int(found[1])
    raise RuntimeError(f"a contestant did not start:\n{log.read_text('utf-8')[-2000:]}")


def stop(child: subprocess.Popen[str]) -> None:
    """End a contestant, by force if need be."""
    child.terminate()
    try:
        child.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout is not None:
        child.stdout.close()
