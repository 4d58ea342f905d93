"""Starts the contestants that answer HTTP, each with a database of its own, and loads them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_hex
from typing import IO

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
from tests.bench.machine import ROOT, cpu_seconds, postmaster
from tests.bench.rounds import Sample

COMPANIES = 50
MOST_A_SECOND = 8_000
"""Requests prepared for each second of a slice; nobody answers more."""

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
        headers = self.headers[:companies]
        most = int(seconds * MOST_A_SECOND) + clients
        job = Job("127.0.0.1", self.port, clients, seconds, most, token_hex(4), headers)
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
    url = new_database(server_url, "ours")
    migrations.migrate(url)
    command = ("-m", "api.cli", "serve", "--port", "0")
    with started(command, url, folder / "ours") as (process, port):
        yield Server("contacts serve", port, process, postmaster(url), keys(url))


@contextmanager
def stock(server_url: str, folder: Path) -> Iterator[Server]:
    """Run the same application on the library's own recorder."""
    url = new_database(server_url, "stock")
    migrations.migrate(url)
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
    return database(server_url, name)


def database(server_url: str, name: str) -> str:
    """Return the URL of one of the server's databases."""
    return make_conninfo(server_url, dbname=name)


def keys(database_url: str) -> list[str]:
    """Make the companies, and the header that a caller of each one sends."""
    with editing(database_url) as connection:
        companies = [
            register.create(connection, f"Company {number}", "DE") for number in range(COMPANIES)
        ]
        made = [keyring.create(connection, company, list(Scope))[1] for company in companies]
    return [f"Authorization: Bearer {key}\r\n" for key in made]


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
