"""An erasure is done everywhere and noted, or nowhere, whatever happens to it on the way."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from api.database import rebuilding
from api.erasure import eraser as erasing
from api.erasure import forgetting
from api.erasure.eraser import Eraser
from api.erasure.forgetting import addresses_of
from api.erasure.holders import HOLDERS, Holder
from api.problems import ErasureNotNoted
from domain import errors
from domain.application.contacts import Contacts
from domain.application.requests import Request
from domain.contact.commands import DeleteContact, EraseContact, RestoreContact
from domain.contact.events import Created, Tagged, Updated
from projections.rebuild import catching_up
from projections.rebuild.errors import Poison
from projections.rebuild.streams import Address, heads
from projections.rebuild.tables import FORGETTING, store
from projections.schema import NEXT, create
from tests.integration.embedded_servers import eventually
from tests.integration.proxy import Proxy
from tests.integration.rebuilds import Database, made_up, some_contacts
from tests.integration.writing import Books, asking, creating, done, id_of, to

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "beside" / "erasures.jsonl"


def noted(notes: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in notes.read_text().splitlines()]


@pytest.fixture
def eraser(shared_url: str, notes: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Eraser]:
    monkeypatch.setattr(erasing, "LOCK_TIMEOUT", "200ms")
    eraser = Eraser(shared_url, notes)
    yield eraser
    eraser.close()


@pytest.fixture
def anna(books: Books, side: Contacts) -> UUID:
    """A contact with two events."""
    [made] = side.run([creating(books.company_id, first_name="Anna", email="a@example.com")])
    done(side.run([asking(books.company_id, to(id_of(made), DeleteContact()))])[0])
    done(side.run([asking(books.company_id, to(id_of(made), RestoreContact()))])[0])
    return id_of(made)


def wish(books: Books, contact_id: UUID, command: EraseContact | None = None) -> Request:
    return asking(books.company_id, to(contact_id, command or EraseContact("mistake")))


def everything(books: Books) -> list[Any]:
    """What there is of a company, to compare."""
    return [books.events(), books.rows("contact"), books.rows("contact_count")]


def assert_erased_once(books: Books, contact_id: UUID) -> None:
    states = [row["state"] for row in books.events() if row["contact_id"] == contact_id]
    assert states[:-1] == [None] * 3
    assert b'"mistake"' in states[-1]
    [row] = books.rows("contact")
    assert (row["status"], row["first_name"], row["email"]) == ("erased", None, None)


def refuse(_connection: object, _person: object) -> int:
    raise psycopg.errors.DiskFull


def stumble(_connection: object, _person: object) -> int:
    raise ArithmeticError


@pytest.fixture(params=[(refuse, errors.Busy), (stumble, ArithmeticError)])
def failure(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> type[Exception]:
    """What an erasure fails with, since the last of the places cannot forget."""
    forget, raised = request.param
    broken = (*HOLDERS, Holder("edge.broken", frozenset(), forget))
    monkeypatch.setattr(forgetting, "HOLDERS", broken)
    kind: type[Exception] = raised
    return kind


def test_when_one_place_cannot_forget_none_does(
    books: Books, side: Contacts, anna: UUID, eraser: Eraser, failure: type[Exception]
) -> None:
    before = everything(books)
    for _ in range(2):
        with pytest.raises(failure):
            eraser.erase(wish(books, anna))
    assert everything(books) == before
    done(side.run([creating(books.company_id, phone_number="1")])[0])  # nobody holds the head


def test_what_cannot_be_noted_is_not_erased(
    books: Books, side: Contacts, anna: UUID, eraser: Eraser, notes: Path
) -> None:
    notes.parent.write_text("no folder")
    before = everything(books)
    with pytest.raises(ErasureNotNoted):
        eraser.erase(wish(books, anna))
    assert everything(books) == before
    done(side.run([creating(books.company_id, phone_number="1")])[0])  # nobody holds the head


@pytest.mark.parametrize("when", ["cut_before_commit", "cut_after_commit"])
def test_a_connection_lost_at_commit_still_ends_in_one_erasure(
    books: Books, anna: UUID, notes: Path, proxy: Proxy, when: str
) -> None:
    eraser = Eraser(proxy.url, notes)
    getattr(proxy, when)()
    erasure = eraser.erase(wish(books, anna))
    eraser.close()
    assert proxy.faults == 1
    assert_erased_once(books, anna)
    assert noted(notes)[-1]["position"] == erasure.position == books.events()[-1]["position"]


def test_an_erasure_waits_for_a_rebuild_only_so_long(
    books: Books, anna: UUID, eraser: Eraser, shared_url: str
) -> None:
    with psycopg.connect(shared_url) as rebuild:
        rebuild.execute(f"SELECT pg_advisory_xact_lock_shared({FORGETTING})")
        with pytest.raises(errors.Busy):
            eraser.erase(wish(books, anna))
    assert len(books.events()) == 3
    eraser.erase(wish(books, anna))
    assert_erased_once(books, anna)


def test_a_contact_that_was_restored_meanwhile_is_spared(
    books: Books, anna: UUID, eraser: Eraser, notes: Path
) -> None:
    with pytest.raises(errors.ContactNotDeleted):
        eraser.erase(wish(books, anna, EraseContact("retention", only_if_deleted=True)))
    assert len(books.events()) == 3
    assert not notes.exists()


def test_another_process_that_remembers_the_contact_cannot_bring_it_back(
    books: Books, side: Contacts, anna: UUID, eraser: Eraser
) -> None:
    eraser.erase(wish(books, anna))
    [late] = side.run([asking(books.company_id, to(anna, RestoreContact()))])
    assert isinstance(late, errors.ContactErased)
    assert_erased_once(books, anna)


def test_a_person_is_known_by_every_address_that_they_ever_had() -> None:
    assert addresses_of(
        [
            Created(email="Old@Example.com", phone_number="030 1", phone_key=None),
            Updated(email="new@example.com", phone_number="+4930901820", phone_key="+4930901820"),
            Tagged(tags=("x@example.com",)),
            Updated(email=None, phone_number=None, phone_key=None),
        ]
    ) == {"old@example.com", "new@example.com", "+4930901820"}


def test_the_planner_keeps_no_samples_of_what_events_and_deliveries_say(
    own_database: Database,
) -> None:
    made_up(own_database, 10, 30)
    own_database.execute("ANALYZE")
    query = (
        "SELECT count(*) FROM pg_stats WHERE schemaname || '.' || tablename || '.' || attname "
        "IN ('log.event.state', 'edge.delivery.body', 'log.event.topic')"
    )
    assert own_database.execute(query).fetchall() == [(1,)], "of the topics it does"


# -- while a read model is being made ------------------------------------------------------------


def test_an_erasure_and_a_rebuild_that_catches_up_do_not_block_each_other(
    own_database: Database, database_url: str, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rebuild has locked the contact's rows, which the erasure wants to delete."""
    made_up(own_database, 10, 30)
    [address] = some_contacts(own_database, 1)
    with psycopg.connect(rebuilding(database_url), autocommit=True) as rebuild:
        with rebuild.transaction():
            create(rebuild, NEXT)
        catching_up.catch_up(rebuild, NEXT, {}, Poison(skip=False).note)
        with ThreadPoolExecutor(1) as threads:
            erasures = []

            def erased_meanwhile(*arguments: Any) -> int:
                erasures.append(threads.submit(erase, database_url, notes, address))
                assert eventually(lambda: own_database.execute(WAITING).fetchall() == [(1,)], 10)
                return store(*arguments)

            monkeypatch.setattr(catching_up, "store", erased_meanwhile)
            seen = {company: position - 1 for company, position in heads(rebuild).items()}
            changed = {address[0]: 0}
            catching_up.catch_up(rebuild, NEXT, {**seen, **changed}, Poison(skip=False).note)
            erasures[0].result(10)
    query = "SELECT status FROM read.contact WHERE contact_id = %s"
    assert own_database.execute(query, (address[1],)).fetchall() == [("erased",)]
    gone = "SELECT count(*) FROM read_next.contact WHERE contact_id = %s"
    assert own_database.execute(gone, (address[1],)).fetchall() == [(0,)]


def erase(url: str, notes: Path, address: Address) -> None:
    eraser = Eraser(url, notes)
    eraser.erase(asking(address[0], to(address[1], EraseContact("mistake"))))
    eraser.close()
