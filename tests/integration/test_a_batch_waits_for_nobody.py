"""Several processes write at once: who finds a head held goes on with the others."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.database import writing
from domain.application.contacts import Contacts
from domain.application.requests import Deferred, Request
from domain.contact.commands import UpdateContact
from domain.contact.events import Details
from tests.integration.proxy import Proxy
from tests.integration.writing import (
    Books,
    asking,
    book,
    change,
    contacts,
    creating,
    done,
    head_held,
    id_of,
    names_of,
    to,
)
from tests.unit.histories import link

WAITERS = (
    "SELECT count(*) AS waiters FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)

# -- heads that somebody else holds ----------------------------------------------------------------


def test_a_held_head_defers_its_company_and_no_other(
    processes: list[Contacts], books: Books, shared_url: str
) -> None:
    held, free = books, [books.another(), books.another()]
    wishes = [creating(one.company_id, email="a@x.test") for one in (free[0], held, held, free[1])]
    with head_held(shared_url, held.company_id):
        assert names_of(processes[0].run(wishes)) == ["Done", "Deferred", "Deferred", "Done"]
        assert held.events() == []
    assert names_of(processes[0].run(wishes[1:3])) == ["Done", "EmailTaken"]


def test_several_held_heads_defer_all_their_companies(
    processes: list[Contacts], books: Books, shared_url: str
) -> None:
    companies = [books, *(books.another() for _ in range(4))]
    wishes = [creating(one.company_id, email="a@x.test") for one in companies]
    with (
        head_held(shared_url, companies[0].company_id),
        head_held(shared_url, companies[3].company_id),
    ):
        outcomes = processes[0].run(wishes)
        assert [outcome is Deferred.DEFERRED for outcome in outcomes] == [
            number in (0, 3) for number in range(5)
        ]
        assert set(names_of(processes[1].run([wishes[0], wishes[3]]))) == {"Deferred"}


def test_who_waits_for_a_head_waits_only_so_long(
    processes: list[Contacts], books: Books, shared_url: str
) -> None:
    wish = creating(books.company_id, email="a@x.test")
    with head_held(shared_url, books.company_id):
        assert processes[0].run([wish], wait=True) == [Deferred.DEFERRED]
    assert names_of(processes[0].run([wish], wait=True)) == ["Done"]


def test_who_waited_for_a_head_sees_what_was_written_meanwhile(
    processes: list[Contacts], books: Books, shared_url: str
) -> None:
    first, second = (creating(books.company_id, email="a@x.test") for _ in range(2))
    processes[1].run([creating(books.company_id, email="b@x.test")])
    with head_held(shared_url, books.company_id) as holder:
        release = threading.Timer(0.05, holder.rollback)
        release.start()
        while names_of(processes[0].run([first], wait=True)) == ["Deferred"]:
            pass
        release.join()
    assert names_of(processes[1].run([second])) == ["EmailTaken"]


def test_who_waits_for_a_head_keeps_nobody_waiting(
    processes: list[Contacts], books: Books, shared_url: str
) -> None:
    free, patient = books.another(), contacts(shared_url, writing(shared_url, "8s"))
    wishes = [creating(one.company_id, email="a@x.test") for one in (books, free)]
    with ThreadPoolExecutor(1) as threads, head_held(shared_url, books.company_id) as holder:
        waiting = threads.submit(patient.run, wishes, wait=True)
        while not books.query(WAITERS)[0]["waiters"]:
            assert not waiting.done()
        (beside,) = processes[0].run([creating(free.company_id, email="b@x.test")])
        holder.rollback()
        assert names_of([beside, *waiting.result(10)]) == ["Done"] * 3
    patient.close()
    free.assert_contiguous()


def test_who_waits_in_vain_writes_for_the_others_and_keeps_the_connection(
    books: Books, shared_url: str
) -> None:
    side = contacts(shared_url, writing(shared_url, "20ms"))
    wishes = [creating(one.company_id, email="a@x.test") for one in (books, books.another())]
    with head_held(shared_url, books.company_id):
        assert names_of(side.run(wishes, wait=True)) == ["Deferred", "Done"]
        kept = side._connection
        assert names_of(side.run(wishes, wait=True)) == ["Deferred", "EmailTaken"]
        assert side._connection is kept
    side.close()


def test_a_table_lock_as_a_rebuild_takes_it_defers_and_loses_nothing(
    processes: list[Contacts], books: Books
) -> None:
    wish = creating(books.company_id, email="a@x.test")
    with books.connection.transaction():
        books.connection.execute("LOCK TABLE log.company_log IN EXCLUSIVE MODE")
        assert processes[0].run([wish]) == [Deferred.DEFERRED]
    assert names_of(processes[0].run([wish])) == ["Done"]


# -- memory of a contact that another process changed ----------------------------------------------


def test_two_processes_take_turns_on_one_contact_without_a_conflict(
    processes: list[Contacts], books: Books
) -> None:
    (made,) = processes[0].run([creating(books.company_id, email="a@x.test")])
    chance, versions = random.Random(5), []
    for number in range(40):
        wish = asking(books.company_id, change(id_of(made), title=f"{number}"))
        (outcome,) = chance.choice(processes).run([wish])
        (changed,) = done(outcome).changes
        versions.append(changed.version)
        assert changed.rows.views[0][()].title == f"{number}"  # type: ignore[attr-defined]
    assert versions == list(range(2, 42))
    books.assert_contiguous()


def test_two_processes_at_once_neither_lose_nor_double_a_change(
    processes: list[Contacts], books: Books
) -> None:
    (made,) = processes[0].run([creating(books.company_id, email="a@x.test")])

    def write(process: Contacts, name: str) -> None:
        for number in range(30):
            tags = UpdateContact(Details(additional_data={name: number}))
            wish = asking(books.company_id, to(id_of(made), tags))
            while process.run([wish], wait=True) == [Deferred.DEFERRED]:
                pass

    threads = [
        threading.Thread(target=write, args=(process, name))
        for process, name in zip(processes, "ab", strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (row,) = books.rows("contact")
    assert (row["version"], row["additional_data"]) == (61, {"a": 29, "b": 29})
    books.assert_contiguous()


def test_an_address_that_another_process_took_or_freed_is_known(
    processes: list[Contacts], books: Books
) -> None:
    one, other = processes
    (a,) = one.run([creating(books.company_id, email="a@x.test")])
    assert names_of(other.run([creating(books.company_id, email="a@x.test")])) == ["EmailTaken"]
    one.run([asking(books.company_id, change(id_of(a), email="b@x.test"))])
    assert names_of(other.run([creating(books.company_id, email="a@x.test")])) == ["Done"]
    back = asking(books.company_id, change(id_of(a), email="a@x.test"))
    assert names_of(one.run([back])) == ["EmailTaken"]


# -- network trips -------------------------------------------------------------------------------


@pytest.mark.parametrize(("requests", "companies"), [(1, 1), (50, 1), (50, 10)])
def test_a_batch_takes_two_trips_whatever_is_in_it_and_a_third_to_load_who_was_found(
    proxy: Proxy, books: Books, requests: int, companies: int
) -> None:
    side = contacts(proxy.url, proxy.connect)
    several = [books, *(books.another() for _ in range(companies - 1))]
    side.run([creating(one.company_id, email="old@x.test") for one in several])
    ids = [several[number % companies].company_id for number in range(requests)]

    def trips(wishes: list[Request]) -> int:
        before = proxy.trips
        assert set(names_of(side.run(wishes))) == {"Done"}
        return proxy.trips - before

    new = [creating(company_id, email=f"{n}@x.test") for n, company_id in enumerate(ids)]
    booked = [book(link(f"m{n}", None, email="old@x.test")) for n in range(requests)]
    assert trips(new) == 2
    assert trips([asking(*both) for both in zip(ids, booked, strict=True)]) == 3
    side.close()
