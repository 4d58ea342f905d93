"""A request that the database or a projection refuses fails alone; so does a poisoned stream."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from domain import errors
from domain.application.batch import Batch
from domain.application.contacts import Contacts
from domain.application.requests import Request
from domain.contact import commands as c
from domain.contact.events import Details, Tagged
from domain.errors import OutcomeUnknown
from domain.kernel import Command, Recorded
from projections.inline import CONTACTS, Inline
from projections.kernel import Key
from tests.integration.writing import (
    Books,
    asking,
    book,
    change,
    contacts,
    creating,
    done,
    id_of,
    names_of,
    refused,
    to,
)
from tests.unit.histories import link

REFUSE_UNLUCKY = """
    CREATE FUNCTION public.refuse_unlucky() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF new.first_name = 'Unlucky' THEN RAISE EXCEPTION 'not this one'; END IF;
        RETURN new;
    END $$;
"""
AT_ONCE = """
    CREATE TRIGGER unlucky BEFORE INSERT OR UPDATE ON read.contact
    FOR EACH ROW EXECUTE FUNCTION public.refuse_unlucky()
"""
AT_COMMIT = """
    CREATE CONSTRAINT TRIGGER unlucky AFTER INSERT OR UPDATE ON read.contact
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.refuse_unlucky()
"""

Refuse = Callable[[str], None]


@pytest.fixture
def refuse(books: Books) -> Iterator[Refuse]:
    """From the call on, the database refuses contacts with the name Unlucky."""

    def install(trigger: str) -> None:
        books.connection.execute((REFUSE_UNLUCKY + trigger).encode())

    yield install
    books.connection.execute("DROP FUNCTION IF EXISTS public.refuse_unlucky CASCADE")


def some(books: Books, unlucky: set[int], count: int = 9) -> list[Request]:
    names = ["Unlucky" if n in unlucky else "Lucky" for n in range(count)]
    return [
        creating(books.company_id, first_name=name, email=f"{n}@x.test")
        for n, name in enumerate(names)
    ]


# -- the database refuses ------------------------------------------------------------------------


@pytest.mark.parametrize("trigger", [AT_ONCE, AT_COMMIT], ids=["at once", "at COMMIT"])
@pytest.mark.parametrize("unlucky", [{0}, {4}, {8}, {1, 2, 7}, set(range(9))])
def test_only_the_request_that_the_database_refuses_fails(
    side: Contacts, books: Books, refuse: Refuse, trigger: str, unlucky: set[int]
) -> None:
    refuse(trigger)
    outcomes = side.run(some(books, unlucky))
    failed = {n for n, outcome in enumerate(outcomes) if isinstance(outcome, errors.WriteFailed)}
    assert failed == unlucky
    assert set(names_of(outcomes)) <= {"Done", "WriteFailed"}
    assert len(books.rows("contact")) == len(books.events()) == 9 - len(unlucky)
    books.assert_contiguous()


def test_the_next_batch_goes_on_as_if_nothing_had_happened(
    side: Contacts, books: Books, refuse: Refuse
) -> None:
    refuse(AT_ONCE)
    (made,) = side.run(some(books, set(), 1))
    unlucky = asking(books.company_id, change(id_of(made), first_name="Unlucky"))
    refused(side.run([unlucky])[0], errors.WriteFailed)
    (after,) = side.run([asking(books.company_id, change(id_of(made), title="Dr."))])
    assert [one.version for one in done(after).changes] == [2]
    (row,) = books.rows("contact")
    assert (row["first_name"], row["title"]) == ("Lucky", "Dr.")


@pytest.mark.parametrize(
    "poison", [{"notes": "a\0b"}, {"additional_data": {"x": float("nan")}}], ids=["NUL", "NaN"]
)
def test_a_value_that_postgresql_has_no_form_for_fails_alone(
    side: Contacts, books: Books, poison: dict[str, Any]
) -> None:
    wishes = some(books, set(), 4)
    wishes[2] = creating(books.company_id, email="2@x.test", **poison)
    assert names_of(side.run(wishes)) == ["Done", "Done", "WriteFailed", "Done"]
    assert len(books.events()) == 3


def test_a_refusal_of_the_database_says_nothing_of_its_reasons(
    side: Contacts, books: Books, caplog: pytest.LogCaptureFixture
) -> None:
    wish = creating(books.company_id, email="secret@x.test", notes="secret\0")
    (outcome,) = side.run([wish])
    assert "secret" not in refused(outcome, errors.WriteFailed).message
    assert f"request {wish.meta.request_id} failed: UntranslatableCharacter" in caplog.text
    assert "secret" not in caplog.text


class Noting(Contacts):
    """Notes of each transaction whether it waits for heads that are held."""

    def _open(self, batch: Batch, *, wait: bool) -> None:
        self.__dict__.setdefault("waits", []).append(wait)
        super()._open(batch, wait=wait)


def test_whoever_waits_for_heads_waits_with_every_part_of_a_batch(
    side: Contacts, books: Books, refuse: Refuse
) -> None:
    refuse(AT_ONCE)
    noting = Noting(side._connect, Inline())
    outcomes = noting.run(some(books, {0, 3}, 4), wait=True)
    noting.close()
    assert names_of(outcomes) == ["WriteFailed", "Done", "Done", "WriteFailed"]
    assert noting.__dict__["waits"] == [True] * 7


def test_requests_keep_their_order_when_a_batch_is_taken_apart(
    side: Contacts, books: Books, refuse: Refuse
) -> None:
    refuse(AT_COMMIT)
    (made,) = side.run(some(books, set(), 1))
    wishes = [asking(books.company_id, change(id_of(made), title=str(n))) for n in range(7)]
    wishes.insert(3, asking(books.company_id, change(id_of(made), first_name="Unlucky")))
    outcomes = side.run(wishes)
    assert names_of(outcomes) == ["Done"] * 3 + ["WriteFailed"] + ["Done"] * 4
    titles = [recorded.event.model_dump()["title"] for recorded in books.history()[1:]]
    assert titles == [str(n) for n in range(7)]


def test_a_batch_of_500_requests_is_narrowed_down_too(
    side: Contacts, books: Books, refuse: Refuse
) -> None:
    refuse(AT_ONCE)
    outcomes = side.run(some(books, {17, 431}, 500))
    assert [n for n, name in enumerate(names_of(outcomes)) if name != "Done"] == [17, 431]
    assert len(books.events()) == 498


# -- a projection cannot digest ------------------------------------------------------------------


@pytest.fixture
def indigestible(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, the contacts view breaks on the tag `poison`."""
    fold = CONTACTS.fold

    def breaks(rows: dict[Key, Any], recorded: Recorded) -> Any:
        if isinstance(recorded.event, Tagged) and "poison" in recorded.event.tags:
            raise ZeroDivisionError
        return fold(rows, recorded)

    return lambda: monkeypatch.setattr(CONTACTS, "fold", breaks)


def tagging(books: Books, contact_id: UUID, *tags: str) -> Request:
    return asking(books.company_id, to(contact_id, c.UpdateContact(Details(), tags)))


def test_a_projection_that_cannot_digest_an_event_refuses_that_command_alone(
    side: Contacts, books: Books, indigestible: Callable[[], None]
) -> None:
    a, b, d = (id_of(outcome) for outcome in side.run(some(books, set(), 3)))
    indigestible()
    outcomes = side.run(
        [tagging(books, a, "fine"), tagging(books, b, "poison"), tagging(books, d, "fine")]
    )
    assert names_of(outcomes) == ["Done", "ProjectionFailed", "Done"]
    assert books.topics(b) == ["created"]
    (healed,) = side.run([tagging(books, b, "fine")])
    assert [one.version for one in done(healed).changes] == [2]
    books.assert_contiguous()


def test_a_stored_event_that_a_projection_cannot_digest_stops_only_its_contact(
    side: Contacts, books: Books, shared_url: str, indigestible: Callable[[], None]
) -> None:
    a, b = (id_of(outcome) for outcome in side.run(some(books, set(), 2)))
    side.run([tagging(books, b, "poison")])
    indigestible()
    assert_that_only_b_is_stuck(books, shared_url, a, b)


def test_a_contact_in_memory_that_becomes_unreadable_stays_so(
    processes: list[Contacts], books: Books, indigestible: Callable[[], None]
) -> None:
    one, other = processes
    (made,) = one.run(some(books, set(), 1))
    other.run([tagging(books, id_of(made), "poison")])
    indigestible()
    wish = asking(books.company_id, change(id_of(made), title="Dr."))
    for _ in range(2):
        refused(one.run([wish])[0], errors.ProjectionFailed)
    assert len(books.events()) == 2


def test_a_stored_event_that_this_code_does_not_know_stops_only_its_contact(
    side: Contacts, books: Books, shared_url: str
) -> None:
    a, b = (id_of(outcome) for outcome in side.run(some(books, set(), 2)))
    append_unknown(books, b)
    assert_that_only_b_is_stuck(books, shared_url, a, b)


def append_unknown(books: Books, contact_id: UUID) -> None:
    books.query(
        "SELECT log.append(ARRAY[%s]::uuid[], ARRAY[%s]::uuid[], '{2}', '{contact.promoted}', "
        'ARRAY[\'{"schema":1,"data":{}}\'::bytea], \'{""}\', \'{""}\', \'{""}\')',
        books.company_id,
        contact_id,
    )


def assert_that_only_b_is_stuck(books: Books, shared_url: str, a: UUID, b: UUID) -> None:
    fresh = contacts(shared_url)
    outcomes = fresh.run(
        [
            asking(books.company_id, change(a, title="Dr.")),
            asking(books.company_id, change(b, title="Dr.")),
            asking(books.company_id, book(link("m1", email="1@x.test"))),
            creating(books.company_id, email="new@x.test"),
        ]
    )
    fresh.close()
    assert names_of(outcomes) == ["Done", "ProjectionFailed", "ProjectionFailed", "Done"]
    assert len(books.topics(b)) == 2


# -- somebody sends nonsense -----------------------------------------------------------------------


class Nonsense(Command):
    """A wish that no contact understands."""


def test_a_wish_that_nobody_understands_fails_alone(side: Contacts, books: Books) -> None:
    (made,) = side.run(some(books, set(), 1))
    nonsense = asking(books.company_id, to(id_of(made), Nonsense()))
    fine = asking(books.company_id, change(id_of(made), title="Dr."))
    assert names_of(side.run([nonsense, fine])) == ["WriteFailed", "Done"]


# -- the read model is replaced --------------------------------------------------------------------


def test_another_read_model_ends_it_and_nothing_is_written(
    shared_url: str, side: Contacts, books: Books, replace_read_model: Callable[[], None]
) -> None:
    replace_read_model()
    with pytest.raises(errors.ReadModelChanged):
        side.run(some(books, set(), 3))
    assert books.events() == []
    with psycopg.connect(shared_url, options="-c lock_timeout=1s") as free:
        free.execute("SELECT log.lock_heads(%s)", ([books.company_id],))


class Replaced(Inline):
    """The read model is replaced after it was asked for a few times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def ask_fingerprint(self, connection: psycopg.Connection[Any]) -> Callable[[], str | None]:
        self.times -= 1
        answer = super().ask_fingerprint(connection)
        return answer if self.times >= 0 else lambda: answer() and "another"


@pytest.mark.parametrize("times", [1, 2, 3, 4])
def test_what_was_recorded_before_the_read_model_was_replaced_is_not_reported_lost(
    side: Contacts, books: Books, refuse: Refuse, times: int
) -> None:
    refuse(AT_ONCE)
    replaced = Contacts(side._connect, Replaced(times))
    try:
        outcomes = replaced.run(some(books, {3}, 4))
    except errors.ReadModelChanged:
        outcomes = [errors.ReadModelChanged()] * 4
    finally:
        replaced.close()
    assert names_of(outcomes).count("Done") == len(books.events())
    assert not any(isinstance(outcome, OutcomeUnknown) for outcome in outcomes)


def test_an_unknown_company_is_deferred_and_keeps_nobody_waiting(
    side: Contacts, books: Books
) -> None:
    fine = creating(books.company_id, email="a@x.test")
    stranger = replace(fine, company_id=uuid4())
    assert names_of(side.run([stranger, fine])) == ["Deferred", "Done"]
