"""Neither the read model from before nor one that is being built keeps an erased contact."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
import pytest

from api.database import rebuilding
from domain.contact.commands import EraseContact
from projections import schema
from projections.forgetting import forget
from projections.inline import ContactRows
from projections.rebuild.errors import Poison
from projections.rebuild.streams import Address, folded, heads, of_contacts
from projections.rebuild.tables import store
from projections.schema import NEXT
from tests.integration.embedded_servers import eventually
from tests.integration.rebuilds import Database, erase, made_up, rebuilt, some_contacts
from tests.integration.writing import asking, contacts, done, to

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def kept(database: Database, name: str, contact_id: UUID) -> int:
    """Count the rows with data of a contact; one that says `erased` has none."""
    rows = database.execute(
        f"SELECT (SELECT count(*) FROM {name}.contact WHERE contact_id = %(id)s "
        f"AND status <> 'erased') + (SELECT count(*) FROM {name}.appointment "
        f"WHERE contact_id = %(id)s) + (SELECT count(*) FROM {name}.submission "
        "WHERE contact_id = %(id)s)".encode(),
        {"id": contact_id},
    ).fetchall()
    return int(rows[0][0])


@pytest.mark.parametrize("built_by", [None, "another version"])
def test_the_read_model_from_before_forgets(
    own_database: Database, database_url: str, built_by: str | None
) -> None:
    made_up(own_database, 30, 90)
    rebuilt(database_url)
    if built_by:
        own_database.execute("UPDATE read_previous.model SET fingerprint = %s", (built_by,))
    [address] = some_contacts(own_database, 1)
    assert kept(own_database, "read_previous", address[1])
    deleted = erase(database_url, *address)
    assert deleted["read_previous.contact"] == 1
    assert set(deleted) == {f"read_previous.{name}" for name in VIEWS}
    assert kept(own_database, "read_previous", address[1]) == 0


VIEWS = ("contact", "appointment", "submission")


def test_without_another_read_model_there_is_nothing_to_forget(
    own_database: Database, database_url: str
) -> None:
    made_up(own_database, 3, 9)
    assert erase(database_url, *some_contacts(own_database, 1)[0]) == {}


@pytest.mark.parametrize("when", ["reading the log", "building indexes", "comparing", "switching"])
def test_a_rebuild_under_way_forgets_at_once_and_for_good(
    own_database: Database, database_url: str, when: str
) -> None:
    made_up(own_database, 30, 90)
    erased: list[Address] = []

    def tell(phase: str, _done: int, _total: int) -> None:
        if phase == when and not erased:
            erased.extend(some_contacts(own_database, 3))
            for address in erased:
                erase(database_url, *address)
                assert kept(own_database, "read_next", address[1]) == 0

    report = rebuilt(database_url, tell)
    assert report.proved
    assert report.switched
    for name in ("read", "read_previous"):
        assert sum(kept(own_database, name, contact_id) for _, contact_id in erased) == 0
    assert rebuilt(database_url, verify=True).proved


@pytest.fixture
def next_one(own_database: Database, database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to where a new read model is being filled."""
    made_up(own_database, 10, 30)
    with psycopg.connect(rebuilding(database_url), autocommit=True) as connection:
        with connection.transaction():
            schema.create(connection, NEXT)
        yield connection


def test_rows_that_were_on_their_way_when_the_data_went_do_not_arrive(
    own_database: Database, database_url: str, next_one: psycopg.Connection[Any]
) -> None:
    """The events were read before the erasure, the rows are committed after it."""
    [address, other] = some_contacts(own_database, 2)

    def overtaken(upto: dict[UUID, int]) -> Iterator[ContactRows]:
        yield from folded(of_contacts(next_one, [address, other]), upto, Poison(skip=False).note)
        assert erase(database_url, *address)["read_next.contact"] == 0

    with next_one.transaction():
        upto = heads(next_one)
        store(next_one, NEXT, overtaken(upto), upto)
    assert kept(own_database, NEXT, address[1]) == 0
    assert kept(own_database, NEXT, other[1])


def test_rows_wait_for_an_erasure_that_is_about_to_be_committed(
    own_database: Database, database_url: str, next_one: psycopg.Connection[Any]
) -> None:
    [address] = some_contacts(own_database, 1)
    upto = heads(next_one)
    side = contacts(database_url)
    erasing = asking(address[0], to(address[1], EraseContact("mistake")))

    def fill() -> None:
        with next_one.transaction():
            rows = folded(of_contacts(next_one, [address]), upto, Poison(skip=False).note)
            store(next_one, NEXT, rows, upto)

    with ThreadPoolExecutor(1) as threads:
        with psycopg.connect(database_url) as forgetting:
            forget(forgetting, *address)
            filling = threads.submit(fill)
            assert eventually(lambda: own_database.execute(WAITING).fetchall() == [(1,)], 10)
            done(side.run([erasing])[0])
        filling.result(10)
    side.close()
    assert kept(own_database, NEXT, address[1]) == 0
