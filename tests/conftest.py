"""One real PostgreSQL for all tests, and a fresh database for each that asks for one."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

from api import migrations
from api.embedded import EmbeddedServer
from tests.integration.embedded_servers import reachable_place
from tests.scale import FULL

TEMPLATE = "contacts_template"
ROOM = 4 * 1024**3
"""Bytes that are enough for a server of each test process."""


# The same commit is as red or green tomorrow; `make reliability` looks elsewhere each time.
settings.register_profile("repeatable", derandomize=True)
if not FULL:
    settings.load_profile("repeatable")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Start one process more than there are cores: each waits now and then for its service."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else 3


# Nothing that collecting the tests makes is garbage, and no collection need look through it later.
gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Collect garbage from now on, but not among thousands of tests."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A server for this test process: CONTACTS_TEST_DATABASE_URL's if set, else an embedded one.

    The embedded one keeps all its promises, in memory if there is room: making a database for
    each of two hundred tests is mostly waiting for the disk.
    """
    given = os.environ.get("CONTACTS_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with reachable_place(roomy_memory()) as place, EmbeddedServer(place / "data") as server:
        yield server.url


def roomy_memory() -> Path | None:
    """Return a folder that is kept in memory, where the system has a roomy one."""
    memory = Path("/dev/shm")  # noqa: S108  # what is made there is private
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        return memory
    return None


@pytest.fixture(scope="session")
def template(server_url: str) -> str:
    """A migrated database that tests copy; it is never written to, so one may serve many runs."""
    given = os.environ.get("CONTACTS_TEST_TEMPLATE")
    if given:
        return given
    name = f"{TEMPLATE}_{uuid4().hex[:8]}"
    create_database(server_url, name)
    migrations.migrate(make_conninfo(server_url, dbname=name))
    return name


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    """A fresh migrated database of one's own; the user is a superuser."""
    name = f"test_{uuid4().hex}"
    create_database(server_url, name, template)
    yield make_conninfo(server_url, dbname=name)
    drop_database(server_url, name)


@pytest.fixture
def superuser_url(database_url: str) -> str:
    """The same database, for what only a superuser may do."""
    return database_url


@pytest.fixture
def empty_database_url(server_url: str) -> Iterator[str]:
    """A database without tables."""
    name = f"empty_{uuid4().hex}"
    create_database(server_url, name)
    yield make_conninfo(server_url, dbname=name)
    drop_database(server_url, name)


def create_database(server_url: str, name: str, template: str = "template0") -> None:
    """Create a database, as a copy of another one."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement)


def drop_database(server_url: str, name: str) -> None:
    """Drop a database, whoever is still connected."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A developer's own settings must not reach the tests."""
    for name in [name for name in os.environ if name.startswith("CONTACTS_")]:
        if not name.startswith("CONTACTS_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("CONTACTS_DATA_DIR", str(tmp_path / "data"))
