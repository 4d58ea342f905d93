"""The line to PostgreSQL is cut anywhere: nothing is written twice, nothing is reported wrongly."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

import psycopg
import pytest

from api.database import with_options, writing
from domain import errors
from domain.application import contacts as application
from domain.application.contacts import Contacts
from domain.application.requests import Deferred, Done, Outcome, Request
from domain.contact.commands import UpdateContact
from domain.contact.events import Details
from domain.eventlog.log import Meta
from projections.inline import Inline
from tests.integration.embedded_servers import eventually
from tests.integration.proxy import TO_CLIENT, TO_SERVER, Line, Proxy
from tests.integration.writing import (
    Books,
    asking,
    change,
    contacts,
    creating,
    done,
    id_of,
    names_of,
    to,
)

MAY_BE_THERE = (errors.OutcomeUnknown, errors.DatabaseUnavailable)


@pytest.fixture
def side(proxy: Proxy) -> Iterator[Contacts]:
    side = contacts(proxy.url, proxy.connect)
    yield side
    side.close()


def some(books: Books, count: int = 3) -> list[Request]:
    """Wishes that succeed as often as they are sent: nothing but care keeps them single."""
    return [creating(books.company_id, phone_number=f"{n}") for n in range(count)]


def warmed(side: Contacts, books: Books) -> UUID:
    """Connect and prepare statements, so that the next batch consists of nothing but itself."""
    ids = [id_of(outcome) for _ in range(3) for outcome in side.run(some(books, 1))]
    return ids[0]


def answers(side: Contacts, wishes: list[Request]) -> list[Outcome]:
    """Run a batch as the queue does: deferred requests once more, until all are answered.

    A session whose client has gone may hold its head for a moment longer.
    """
    answered: dict[int, Outcome] = dict.fromkeys(range(len(wishes)), Deferred.DEFERRED)
    while waiting := [n for n, outcome in answered.items() if isinstance(outcome, Deferred)]:
        outcomes = side.run([wishes[n] for n in waiting])
        answered |= dict(zip(waiting, outcomes, strict=True))
    return list(answered.values())


def assert_told_the_truth(books: Books, requests: list[Request], outcomes: list[Outcome]) -> None:
    there = Counter(books.request_ids())
    for request, outcome in zip(requests, outcomes, strict=True):
        times = there[request.meta.request_id]
        if isinstance(outcome, Done):
            assert times == 1
        else:
            assert isinstance(outcome, MAY_BE_THERE)
            assert times in (0, 1)
    assert len(books.rows("contact")) == len(books.events())
    books.assert_contiguous()
    books.assert_counted()


# -- at the worst moments ------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["cut_before_commit", "cut_after_commit"])
def test_a_connection_lost_around_commit_is_found_out(
    side: Contacts, books: Books, proxy: Proxy, when: str
) -> None:
    warmed(side, books)
    wishes = some(books)
    getattr(proxy, when)()
    outcomes = answers(side, wishes)
    assert proxy.faults == 1
    assert names_of(outcomes) == ["Done"] * 3
    assert_told_the_truth(books, wishes, outcomes)


def test_an_unanswered_commit_that_succeeded_shows_what_it_made(
    side: Contacts, books: Books, proxy: Proxy
) -> None:
    contact_id = warmed(side, books)
    proxy.cut_after_commit()
    (first,) = answers(side, [asking(books.company_id, change(contact_id, title="Dr."))])
    (second,) = answers(side, [asking(books.company_id, change(contact_id, title="Prof."))])
    versions = [change.version for outcome in (first, second) for change in done(outcome).changes]
    assert versions == [2, 3]
    assert books.topics(contact_id) == ["created", "updated", "updated"]


def test_what_an_unanswered_commit_recorded_is_counted_once(
    side: Contacts, books: Books, proxy: Proxy
) -> None:
    contact_id = warmed(side, books)
    proxy.cut_after_commit()
    for tags in ("a", "ab", "b"):
        wish = UpdateContact(Details(), tuple(tags))
        done(answers(side, [asking(books.company_id, to(contact_id, wish))])[0])
        books.assert_counted()


def test_a_commit_that_is_still_on_its_way_is_waited_for(
    side: Contacts, books: Books, proxy: Proxy
) -> None:
    warmed(side, books)
    wishes, go_on = some(books), threading.Event()
    proxy.delay_commit(go_on)
    threading.Timer(0.4, go_on.set).start()
    outcomes = answers(side, wishes)
    assert proxy.faults == 1
    assert names_of(outcomes) == ["Done"] * 3
    assert_told_the_truth(books, wishes, outcomes)


@pytest.mark.usefixtures("impatient")
def test_a_commit_that_stays_on_its_way_is_reported_as_unknown(
    side: Contacts, books: Books, proxy: Proxy
) -> None:
    warmed(side, books)
    wishes, go_on = some(books), threading.Event()
    refused = [creating(books.company_id, phone_number="1", email="0@x.test") for _ in range(2)]
    proxy.delay_commit(go_on)
    *outcomes, _, known = answers(side, [*wishes, *refused])
    go_on.set()
    assert names_of(outcomes) == ["OutcomeUnknown"] * 3
    assert isinstance(known, errors.EmailTaken), "a refusal is one, whatever becomes of the others"
    assert names_of(contacts_once(some(books, 1)[0], proxy)) == ["Done"]
    assert_told_the_truth(books, wishes, outcomes)


def contacts_once(request: Request, proxy: Proxy) -> list[Outcome]:
    """A write of somebody else, which waits for whoever holds the head."""
    fresh = Contacts(lambda: psycopg.connect(proxy.upstream, autocommit=True), Inline())
    try:
        return fresh.run([request], wait=True)
    finally:
        fresh.close()


def test_a_refusal_keeps_its_reason_when_the_answer_is_lost(
    side: Contacts, books: Books, proxy: Proxy
) -> None:
    answers(side, [creating(books.company_id, email="a@x.test")])
    proxy.cut_after_commit()
    taken = creating(books.company_id, email="a@x.test")
    assert names_of(answers(side, [taken])) == ["EmailTaken"]
    proxy.cut_before_commit()
    assert names_of(answers(side, [taken, *some(books, 1)])) == ["EmailTaken", "Done"]


def test_requests_without_an_id_are_not_taken_for_each_other(
    side: Contacts, books: Books, proxy: Proxy
) -> None:
    warmed(side, books)
    proxy.cut_before_commit()
    (wish,) = some(books, 1)
    (outcome,) = answers(side, [replace(wish, meta=Meta())])
    assert isinstance(outcome, Done)
    assert len(books.events()) == 4


def test_the_request_of_somebody_else_at_the_expected_position_is_not_taken_for_ours(
    side: Contacts, books: Books, proxy: Proxy
) -> None:
    warmed(side, books)
    (other,) = some(books, 1)

    def somebody_is_faster(line: Line, _: bytes) -> None:
        proxy.reachable = False
        line.cut()
        assert names_of(contacts_once(other, proxy)) == ["Done"]
        proxy.reachable = True

    proxy.before_commit = somebody_is_faster
    wishes = some(books, 1)
    outcomes = answers(side, wishes)
    assert names_of(outcomes) == ["Done"]
    assert_told_the_truth(books, [*wishes, other], [*outcomes, *outcomes])


# -- anywhere ------------------------------------------------------------------------------------


def test_the_line_may_be_cut_at_any_byte(side: Contacts, books: Books, proxy: Proxy) -> None:
    chance = random.Random(20_260_302)
    for _ in range(100):
        mine = books.another()
        wishes = some(mine, chance.randint(1, 4))
        direction = chance.choice([TO_SERVER, TO_CLIENT])
        most = 5_000 if direction == TO_SERVER else 1_500
        proxy.cut_after_bytes((direction, chance.randint(0, most)))
        outcomes = answers(side, wishes)
        assert names_of(outcomes) == ["Done"] * len(wishes)
        assert_told_the_truth(mine, wishes, outcomes)
    assert proxy.faults > 50


@pytest.mark.usefixtures("impatient")
def test_the_line_may_be_cut_again_and_again(side: Contacts, books: Books, proxy: Proxy) -> None:
    chance = random.Random(7)
    for _ in range(40):
        mine = books.another()
        wishes = some(mine, 3)
        cuts = [
            (chance.choice([TO_SERVER, TO_CLIENT]), chance.randint(0, 2_000))
            for _ in range(chance.randint(2, 6))
        ]
        proxy.cut_after_bytes(*cuts)
        outcomes = answers(side, wishes)
        proxy.cut_after_bytes()
        assert_told_the_truth(mine, wishes, outcomes)
    assert proxy.faults > 60


def test_an_idle_connection_that_was_cut_is_replaced(
    side: Contacts, books: Books, proxy: Proxy
) -> None:
    warmed(side, books)
    proxy.cut_all()
    assert names_of(answers(side, some(books))) == ["Done"] * 3


# -- the server ends the session -----------------------------------------------------------------


def test_a_session_that_the_server_ended_is_replaced(side: Contacts, books: Books) -> None:
    warmed(side, books)
    end_sessions(books)
    assert names_of(answers(side, some(books))) == ["Done"] * 3


def end_sessions(books: Books) -> None:
    books.query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE application_name = 'contacts writer' AND datname = current_database()"
    )


def test_a_contact_in_memory_is_forgotten_with_the_connection(side: Contacts, books: Books) -> None:
    """After a fail-over the last events may be gone; going on from memory would leave a gap."""
    contact_id = warmed(side, books)
    answers(side, [asking(books.company_id, change(contact_id, title="Dr."))])
    end_sessions(books)
    lose_the_last_event(books)
    (outcome,) = answers(side, [asking(books.company_id, change(contact_id, title="Prof."))])
    assert isinstance(outcome, Done)
    books.assert_contiguous()


def test_a_server_that_takes_no_writes_is_unavailable_and_is_left(
    shared_url: str, books: Books
) -> None:
    """What a client sees that still talks to the old server after a fail-over."""
    side = contacts(with_options(shared_url, "-c default_transaction_read_only=on"))
    assert names_of(answers(side, some(books, 1))) == ["DatabaseUnavailable"]
    side._connect = writing(shared_url)
    assert names_of(answers(side, some(books, 1))) == ["Done"]
    side.close()


def lose_the_last_event(books: Books) -> None:
    """What a fail-over to an asynchronous standby does: the newest event was never there."""
    with books.connection.transaction():
        books.connection.execute("SET LOCAL session_replication_role = replica")
        before, last = books.events()[-2:]
        books.connection.execute(
            "DELETE FROM log.event WHERE company_id = %s AND position = %s",
            (books.company_id, last["position"]),
        )
        books.connection.execute(
            "UPDATE log.company_log SET position = %s, hash = %s, recorded_at = %s "
            "WHERE company_id = %s",
            (before["position"], before["hash"], before["recorded_at"], books.company_id),
        )


# -- out of reach --------------------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second is long enough for a test."""
    monkeypatch.setattr(application, "PATIENCE_SECONDS", 0.5)


@pytest.mark.usefixtures("impatient")
def test_while_the_database_is_out_of_reach_nobody_is_answered_but_with_unavailable(
    side: Contacts, books: Books, proxy: Proxy
) -> None:
    warmed(side, books)
    proxy.reachable = False
    proxy.cut_all()
    lost = some(books)
    assert names_of(answers(side, lost)) == ["DatabaseUnavailable"] * 3
    assert names_of(answers(side, some(books, 1))) == ["DatabaseUnavailable"]
    proxy.reachable = True
    assert names_of(answers(side, some(books))) == ["Done"] * 3
    assert not {request.meta.request_id for request in lost} & set(books.request_ids())


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("when", ["before_commit", "after_commit"])
def test_a_database_lost_at_commit_and_not_found_again_leaves_the_outcome_unknown(
    side: Contacts, books: Books, proxy: Proxy, when: str
) -> None:
    warmed(side, books)

    def gone(_: object, __: bytes) -> None:
        proxy.reachable = False
        proxy.cut_all()

    setattr(proxy, when, gone)
    wishes = some(books)
    outcomes = answers(side, wishes)
    assert names_of(outcomes) == ["OutcomeUnknown"] * 3
    proxy.reachable = True
    assert names_of(answers(side, some(books, 1))) == ["Done"]
    there = len(set(books.request_ids()) & {request.meta.request_id for request in wishes})
    assert there == (0 if when == "before_commit" else 3)


# -- a synchronous standby that is not there -----------------------------------------------------


@pytest.fixture
def standby(books: Books, shared_url: str) -> Iterator[Callable[[str], None]]:
    """From the call on, COMMIT waits for the standby of this name; there is none of any name."""

    def read(name: str) -> bool:
        with psycopg.connect(shared_url) as fresh:
            return fresh.execute("SHOW synchronous_standby_names").fetchone() == (name,)

    def wait_for(name: str) -> None:
        books.connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'".encode())
        books.connection.execute("SELECT pg_reload_conf()")
        assert eventually(partial(read, name), 10)  # a new session has what the server has read
        books.connection.execute("CHECKPOINT")  # who makes it has to read it, too

    yield wait_for
    wait_for("")


@dataclass
class Writing:
    """A batch on its way in a thread, and what became of it."""

    outcomes: list[Outcome]
    thread: threading.Thread

    @classmethod
    def started(cls, side: Contacts, wishes: list[Request]) -> "Writing":
        outcomes: list[Outcome] = []
        thread = threading.Thread(target=lambda: outcomes.extend(side.run(wishes)))
        thread.start()
        return cls(outcomes, thread)

    def to_who_waits_for_the_standby(self, books: Books, measure: str) -> None:
        """Do this to the session that waits, as soon as it does."""
        waiting = (
            f"SELECT {measure} FROM pg_stat_activity "
            "WHERE wait_event = 'SyncRep' AND datname = current_database()"
        )
        while self.thread.is_alive() and not books.query(waiting):
            self.thread.join(0.02)

    def answer(self) -> list[str]:
        self.thread.join(10)
        return names_of(self.outcomes)


@pytest.mark.parametrize("give_up", ["pg_cancel_backend(pid)", "pg_terminate_backend(pid)"])
def test_a_commit_that_no_standby_confirmed_is_not_acknowledged(
    side: Contacts, books: Books, standby: Callable[[str], None], give_up: str
) -> None:
    warmed(side, books)
    standby("missing")
    writing = Writing.started(side, some(books))
    writing.to_who_waits_for_the_standby(books, give_up)
    assert writing.answer() == ["OutcomeUnknown"] * 3
    assert len(books.events()) == 6


@pytest.mark.parametrize("returns", [True, False], ids=["it returns", "it is given up on"])
def test_an_unanswered_commit_is_acknowledged_only_when_the_standby_has_it(
    side: Contacts, books: Books, proxy: Proxy, standby: Callable[[str], None], *, returns: bool
) -> None:
    warmed(side, books)
    standby("missing")
    writing = Writing.started(side, some(books))
    writing.to_who_waits_for_the_standby(books, "pid")
    proxy.cut_all()
    writing.to_who_waits_for_the_standby(books, "pg_terminate_backend(pid, 5000)")
    writing.to_who_waits_for_the_standby(books, "pid" if returns else "pg_cancel_backend(pid)")
    if returns:
        assert writing.thread.is_alive()
        standby("")
    assert writing.answer() == ["Done" if returns else "OutcomeUnknown"] * 3
    assert len(books.events()) == 6
