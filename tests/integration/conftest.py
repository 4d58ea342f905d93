"""What the tests of the write side share: a database a module, a new company a test."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from api import migrations
from domain.application.contacts import Contacts
from tests.conftest import create_database, drop_database
from tests.integration.proxy import Proxy, between
from tests.integration.writing import Books, contacts


@pytest.fixture(scope="module")
def shared_url(server_url: str, template: str) -> Iterator[str]:
    """A migrated database for the tests of a module that each use a company of their own."""
    name = f"shared_{uuid4().hex}"
    create_database(server_url, name, template)
    yield make_conninfo(server_url, dbname=name)
    drop_database(server_url, name)


@pytest.fixture
def books(shared_url: str) -> Iterator[Books]:
    """The books of a new company."""
    with Books.opened(shared_url) as books:
        yield books


@pytest.fixture
def side(shared_url: str) -> Iterator[Contacts]:
    """The write side of one process."""
    side = contacts(shared_url)
    yield side
    side.close()


@pytest.fixture
def processes(shared_url: str) -> Iterator[list[Contacts]]:
    """The write sides of two processes, each with a cache of its own."""
    both = [contacts(shared_url), contacts(shared_url)]
    yield both
    for process in both:
        process.close()


@pytest.fixture
def proxy(shared_url: str) -> Iterator[Proxy]:
    """A line to the database that can be cut."""
    with between(shared_url) as proxy:
        yield proxy


@pytest.fixture
def replace_read_model(books: Books) -> Iterator[Callable[[], None]]:
    """From the call on, the read model is one that other code has built."""
    replace = "UPDATE read.model SET fingerprint = reverse(fingerprint)"
    calls: list[str] = []

    def replaced() -> None:
        books.connection.execute(replace)
        calls.append(replace)

    yield replaced
    for undo in calls:
        books.connection.execute(undo.encode())


@pytest.fixture
def own_database(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A database of one's own, as a superuser sees it; being a copy, it has lost some rights."""
    migrations.migrate(database_url)
    with psycopg.connect(database_url, autocommit=True, options="-c timezone=UTC") as connection:
        yield connection
