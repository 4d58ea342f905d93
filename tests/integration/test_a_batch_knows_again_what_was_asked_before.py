"""Receipts are kept and found under the head lock: whatever happens, a wish is done once."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256

import pytest

from api.database import keeping, writing
from api.retries.forgetting import expire
from api.retries.receipts import ReceiptTable
from domain import errors
from domain.application.contacts import Contacts
from domain.application.requests import Deferred, Done, Outcome, Receipt, Request
from domain.ports import Connection, Kept, ReceiptKey
from projections.inline import Inline
from tests.integration.proxy import Proxy
from tests.integration.writing import (
    Books,
    asking,
    change,
    creating,
    done,
    head_held,
    id_of,
    names_of,
    refused,
)

RECEIPTS = "SELECT key FROM edge.receipt WHERE company_id = %s"


class Counting(ReceiptTable):
    """Counts how often the table is asked."""

    def __init__(self) -> None:
        self.calls = 0

    def find(
        self, connection: Connection, keys: Collection[ReceiptKey]
    ) -> Callable[[], dict[ReceiptKey, Kept]]:
        self.calls += 1
        return super().find(connection, keys)


@pytest.fixture
def side(shared_url: str) -> Iterator[Contacts]:
    side = Contacts(writing(shared_url, "5s"), Inline(), receipts=ReceiptTable())
    yield side
    side.close()


def answer(outcome: Outcome) -> str | None:
    """Tell who was made or changed; refusals are not kept."""
    return f"{id_of(outcome)}" if isinstance(outcome, Done) else None


def verdict(outcome: Outcome) -> str | None:
    """Keep whatever was decided, as lists do."""
    return answer(outcome) or type(outcome).__name__


def known_as(key: str, request: Request, *, body: str = "", part: int | None = None) -> Request:
    note = answer if part is None else verdict
    receipt = Receipt(digest(key), digest(body), note, part or 0)
    return replace(request, receipt=receipt)


def digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


def wish(books: Books) -> Request:
    """A wish that is granted as often as it is sent."""
    return creating(books.company_id, phone_number="0151 1")


def test_of_two_with_one_key_in_one_batch_the_second_gets_the_first_one_s_answer(
    side: Contacts, books: Books
) -> None:
    first, again, other = side.run(
        [known_as("a", wish(books)), known_as("a", wish(books)), known_as("b", wish(books))]
    )
    assert done(first).answer == done(again).answer == str(id_of(first))
    assert (done(first).replayed, done(again).replayed) == (False, True)
    assert done(other).answer != done(first).answer
    assert len(books.events()) == 2
    assert books.transactions() == 1


def test_so_does_one_in_a_later_batch_of_another_process(
    side: Contacts, books: Books, shared_url: str
) -> None:
    (first,) = side.run([known_as("a", wish(books))])
    other = Contacts(writing(shared_url, "5s"), Inline(), receipts=ReceiptTable())
    (again,) = other.run([known_as("a", wish(books))])
    other.close()
    assert done(again) == Done(answer=done(first).answer, replayed=True)
    assert len(books.events()) == 1


def test_two_processes_at_once_do_it_once(books: Books, shared_url: str) -> None:
    def attempt(_: int) -> Outcome:
        side = Contacts(writing(shared_url, "5s"), Inline(), receipts=ReceiptTable())
        (outcome,) = side.run([known_as("a", wish(books))], wait=True)
        side.close()
        return outcome

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(attempt, range(4)))
    assert len({done(outcome).answer for outcome in outcomes}) == 1
    assert len(books.events()) == 1


def test_another_request_with_the_key_is_refused_in_the_same_batch_and_later(
    side: Contacts, books: Books
) -> None:
    first = known_as("a", wish(books), body="one")
    other = known_as("a", wish(books), body="two")
    _, refusal = side.run([first, other])
    refused(refusal, errors.IdempotencyKeyReused)
    refused(side.run([other])[0], errors.IdempotencyKeyReused)
    assert len(books.events()) == 1


def test_a_refusal_is_decided_anew(side: Contacts, books: Books) -> None:
    holder = id_of(side.run([creating(books.company_id, email="a@x.test")])[0])
    taken = known_as("a", creating(books.company_id, email="a@x.test"))
    refused(side.run([taken])[0], errors.EmailTaken)
    side.run([asking(books.company_id, change(holder, email="b@x.test"))])
    assert not done(side.run([taken])[0]).replayed


def test_what_is_deferred_leaves_no_receipt(side: Contacts, books: Books, shared_url: str) -> None:
    request = known_as("a", wish(books))
    with head_held(shared_url, books.company_id):
        assert side.run([request]) == [Deferred.DEFERRED]
    assert not done(side.run([request])[0]).replayed


def test_a_key_belongs_to_its_company(side: Contacts, books: Books) -> None:
    other = books.another()
    outcomes = side.run([known_as("a", wish(books)), known_as("a", wish(other))])
    assert [done(outcome).replayed for outcome in outcomes] == [False, False]


def test_the_parts_of_a_list_are_known_one_by_one(side: Contacts, books: Books) -> None:
    """What was done of a list that was cut off is known; the rest of it is done the next time."""
    rows = [known_as("a", wish(books), body="list", part=part) for part in range(4)]
    first = side.run(rows[:2])
    again = side.run(rows)
    assert [done(outcome).replayed for outcome in again] == [True, True, False, False]
    assert [done(outcome).answer for outcome in again[:2]] == [done(one).answer for one in first]
    assert len(books.events()) == 4


def test_no_part_of_another_list_is_done(side: Contacts, books: Books) -> None:
    side.run([known_as("a", wish(books), body="one", part=0)])
    other = [known_as("a", wish(books), body="two", part=part) for part in range(3)]
    assert names_of(side.run(other)) == ["IdempotencyKeyReused"] * 3
    assert len(books.events()) == 1


def test_a_part_that_was_refused_stays_refused(side: Contacts, books: Books) -> None:
    holder = id_of(side.run([creating(books.company_id, email="a@x.test")])[0])
    taken = known_as("a", creating(books.company_id, email="a@x.test"), part=0)
    refused(side.run([taken])[0], errors.EmailTaken)
    side.run([asking(books.company_id, change(holder, email="b@x.test"))])
    assert side.run([taken]) == [Done(answer="EmailTaken", replayed=True)]


def test_a_request_whose_answer_cannot_be_made_fails_alone_and_leaves_nothing(
    side: Contacts, books: Books
) -> None:
    def broken(_: Outcome) -> str:
        raise ZeroDivisionError

    whole = known_as("a", wish(books))
    assert whole.receipt is not None
    outcomes = side.run(
        [replace(whole, receipt=replace(whole.receipt, answer=broken)), wish(books)]
    )
    assert names_of(outcomes) == ["WriteFailed", "Done"]
    assert not done(side.run([whole])[0]).replayed
    assert len(books.events()) == len(books.rows("contact")) == 2


@pytest.mark.parametrize("when", ["cut_before_commit", "cut_after_commit"])
def test_an_answer_survives_a_connection_that_is_lost_around_its_commit(
    side: Contacts, books: Books, proxy: Proxy, when: str
) -> None:
    near = Contacts(proxy.connect, Inline(), receipts=ReceiptTable())
    contact_id = id_of(near.run([wish(books)])[0])
    nothing = known_as("a", asking(books.company_id, change(contact_id, phone_number="0151 1")))
    new = known_as("b", wish(books))
    for request in (nothing, new):
        getattr(proxy, when)()
        (first,) = near.run([request], wait=True)
        assert done(side.run([request])[0]) == Done(answer=done(first).answer, replayed=True)
    near.close()
    assert proxy.faults == 2
    assert len(books.events()) == 2


def test_requests_without_a_receipt_ask_for_none(books: Books, shared_url: str) -> None:
    table = Counting()
    side = Contacts(writing(shared_url), Inline(), receipts=table)
    side.run([wish(books)])
    assert table.calls == 0
    side.run([wish(books), known_as("a", wish(books)), known_as("b", wish(books))])
    assert table.calls == 1
    side.close()


def test_what_is_older_than_a_day_is_removed(side: Contacts, books: Books, shared_url: str) -> None:
    side.run([known_as("old", wish(books)), known_as("new", wish(books))])
    books.connection.execute(
        "UPDATE edge.receipt SET created_at = created_at - interval '24 hours' "
        "WHERE company_id = %s AND key = %s",
        (books.company_id, digest("old")),
    )

    async def sweep() -> int:
        async with keeping(shared_url, 1) as pool:
            return await expire(pool)

    assert asyncio.run(sweep()) == 1
    assert [bytes(row["key"]) for row in books.query(RECEIPTS, books.company_id)] == [digest("new")]
