"""The queue before the write side: whoever waits in it gets an answer, whatever happens."""

import asyncio
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

import api.writer
from api.database import writing
from api.metrics.figures import Figures
from api.writer import Writer
from domain import errors
from domain.application.contacts import Contacts
from domain.application.requests import Done, Request
from projections.inline import Inline
from tests.integration.writing import Books, asking, change, creating, head_held, id_of

Answer = Done | BaseException


@dataclass
class Desk:
    """A writer on a database, and whether it has said that it died."""

    writer: Writer
    dead: threading.Event

    async def all(self, requests: list[Request]) -> list[Answer]:
        """Submit at once and collect what each caller got."""
        calls = [self.writer.submit(request) for request in requests]
        return list(await asyncio.gather(*calls, return_exceptions=True))


OpenDesk = Callable[..., Desk]


@pytest.fixture
def open_desk(shared_url: str) -> Iterator[OpenDesk]:
    """Make a writer, not started yet; all of them are closed in the end."""
    desks: list[Desk] = []

    def open_one(
        connect: Callable[[], psycopg.Connection[Any]] | None = None,
        *,
        limit: int = 5_000,
        requests: int = 500,
        companies: int = 64,
    ) -> Desk:
        dead = threading.Event()
        writer = Writer(
            Contacts(connect or writing(shared_url), Inline()),
            Figures(),
            queue_limit=limit,
            batch_requests=requests,
            batch_companies=companies,
            on_death=dead.set,
        )
        desks.append(Desk(writer, dead))
        return desks[-1]

    yield open_one
    for desk in desks:
        if not desk.writer._thread.ident:
            desk.writer.start()
        desk.writer.close()


def some(books: Books, count: int) -> list[Request]:
    return [creating(books.company_id, email=f"{number}@x.test") for number in range(count)]


def kinds(answers: list[Answer]) -> list[str]:
    return [type(answer).__name__ for answer in answers]


async def until_waiting(desk: Desk, count: int) -> None:
    """Let the callers go as far as the queue."""
    while len(desk.writer._waiting) < count:  # noqa: ASYNC110  # a caller sets no event
        await asyncio.sleep(0)


# -- the queue -----------------------------------------------------------------------------------


def test_a_full_queue_refuses_at_once_and_those_in_it_are_answered(
    open_desk: OpenDesk, books: Books
) -> None:
    desk = open_desk(limit=5)

    async def callers() -> list[Answer]:
        waiting = asyncio.create_task(desk.all(some(books, 5)))
        await until_waiting(desk, 5)
        with pytest.raises(errors.Busy):
            await desk.writer.submit(creating(books.company_id, email="one.more@x.test"))
        desk.writer.start()
        return await waiting

    assert kinds(asyncio.run(callers())) == ["Done"] * 5
    assert len(books.events()) == 5


def test_what_waits_is_written_together(open_desk: OpenDesk, books: Books) -> None:
    desk = open_desk()

    async def callers() -> None:
        waiting = asyncio.create_task(desk.all(some(books, 20)))
        await until_waiting(desk, 20)
        desk.writer.start()
        await waiting

    asyncio.run(callers())
    assert len({event["recorded_at"] for event in books.events()}) == 1


def test_a_refused_caller_gets_the_refusal_and_the_others_their_own_answer(
    open_desk: OpenDesk, books: Books
) -> None:
    desk = open_desk()
    desk.writer.start()
    answers = asyncio.run(desk.all([*some(books, 3), *some(books, 2)]))
    assert sorted(kinds(answers)) == ["Done"] * 3 + ["EmailTaken"] * 2


def test_the_requests_of_one_company_keep_their_order(open_desk: OpenDesk, books: Books) -> None:
    desk = open_desk(requests=7)
    desk.writer.start()

    async def callers() -> None:
        contact_id = id_of(await desk.writer.submit(creating(books.company_id, email="a@x.test")))
        await desk.all(
            [asking(books.company_id, change(contact_id, title=f"{n}")) for n in range(100)]
        )

    asyncio.run(callers())
    titles = [recorded.event.model_dump()["title"] for recorded in books.history()[1:]]
    assert titles == [f"{number}" for number in range(100)]


def test_of_a_thousand_callers_those_who_stay_are_answered_whoever_goes(
    open_desk: OpenDesk, books: Books
) -> None:
    desk = open_desk()
    desk.writer.start()
    chance = random.Random(11)

    async def callers() -> list[Answer]:
        calls = [asyncio.create_task(desk.writer.submit(one)) for one in some(books, 1_000)]
        for call in chance.sample(calls, 400):
            await asyncio.sleep(0)
            call.cancel()
        return list(await asyncio.gather(*calls, return_exceptions=True))

    answers = kinds(asyncio.run(callers()))
    assert set(answers) == {"Done", "CancelledError"}
    assert answers.count("Done") >= 600
    assert len(books.events()) >= answers.count("Done")
    assert desk.writer.alive


def test_callers_whose_loop_has_ended_do_not_stop_the_others(
    open_desk: OpenDesk, books: Books
) -> None:
    desk = open_desk()

    async def leave() -> None:
        tasks = [asyncio.create_task(desk.writer.submit(one)) for one in some(books, 3)]
        await until_waiting(desk, 3)
        del tasks

    asyncio.run(leave())
    desk.writer.start()
    (answer,) = asyncio.run(desk.all([creating(books.company_id, email="later@x.test")]))
    assert isinstance(answer, Done)


# -- heads that somebody else holds ----------------------------------------------------------------


@contextmanager
def patience(monkeypatch: pytest.MonkeyPatch, seconds: float) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(api.writer, "BUSY_AFTER_SECONDS", seconds)
        yield


@pytest.mark.parametrize(
    "limits", [{}, {"companies": 1}, {"requests": 4}], ids=["usual", "one company", "few requests"]
)
def test_while_one_company_is_held_the_others_go_on(
    open_desk: OpenDesk, books: Books, shared_url: str, limits: dict[str, int]
) -> None:
    desk, free = open_desk(**limits), books.another()
    desk.writer.start()

    async def callers() -> list[Answer]:
        with head_held(shared_url, books.company_id):
            held = asyncio.create_task(desk.all(some(books, 10)))
            await asyncio.sleep(0)
            async with asyncio.timeout(8):
                for request in some(free, 20):
                    await desk.writer.submit(request)
            assert not held.done()
        return await held

    assert kinds(asyncio.run(callers())) == ["Done"] * 10
    assert len(free.events()) == 20
    emails = [recorded.event.model_dump()["email"] for recorded in books.history()]
    assert emails == [f"{number}@x.test" for number in range(10)]


def test_who_waits_too_long_for_a_held_company_is_told_that_it_is_busy(
    open_desk: OpenDesk, books: Books, shared_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk()
    desk.writer.start()
    with patience(monkeypatch, 0.3), head_held(shared_url, books.company_id):
        assert kinds(asyncio.run(desk.all(some(books, 3)))) == ["Busy"] * 3
    assert books.events() == []
    assert kinds(asyncio.run(desk.all(some(books, 3)))) == ["Done"] * 3


def test_held_companies_that_become_free_are_written_together(
    open_desk: OpenDesk, books: Books, shared_url: str
) -> None:
    desk, other = open_desk(), books.another()
    desk.writer.start()

    async def callers() -> list[Answer]:
        with psycopg.connect(shared_url) as holder:
            both = [books.company_id, other.company_id]
            holder.execute("SELECT log.lock_heads(%s)", (both,))
            waiting = asyncio.create_task(desk.all([*some(books, 1), *some(other, 1)]))
            while desk.writer._figures.outcomes["deferred"] < len(both):  # noqa: ASYNC110
                await asyncio.sleep(0)
        return await waiting

    assert kinds(asyncio.run(callers())) == ["Done"] * 2
    query = "SELECT DISTINCT xmin::text FROM log.event WHERE company_id = ANY (%s)"
    assert len(books.query(query, [books.company_id, other.company_id])) == 1


def test_two_writers_share_fifty_companies(open_desk: OpenDesk, books: Books) -> None:
    desks, companies = (open_desk(), open_desk()), [books.another() for _ in range(50)]

    async def caller(desk: Desk, name: str) -> list[Answer]:
        answers: list[Answer] = []
        for number in range(4):
            email = f"{name}{number}@x.test"
            answers += await desk.all([creating(c.company_id, email=email) for c in companies])
        return answers

    async def callers() -> list[Answer]:
        for desk in desks:
            desk.writer.start()
        one, other = await asyncio.gather(caller(desks[0], "a"), caller(desks[1], "b"))
        return [*one, *other]

    assert kinds(asyncio.run(callers())) == ["Done"] * 400
    for company in companies:
        company.assert_contiguous()
        emails = [recorded.event.model_dump()["email"] for recorded in company.history()]
        for name in "ab":
            own = [email for email in emails if email.startswith(name)]
            assert own == sorted(own)
    for desk in desks:
        assert sum(desk.writer._figures.batches.counts) < 40


# -- the end -------------------------------------------------------------------------------------


def test_closing_writes_what_waits_first(open_desk: OpenDesk, books: Books) -> None:
    desk = open_desk(requests=3)

    async def callers() -> list[Answer]:
        waiting = asyncio.create_task(desk.all(some(books, 10)))
        await until_waiting(desk, 10)
        desk.writer.start()
        await asyncio.to_thread(desk.writer.close)
        with pytest.raises(errors.Busy):
            await desk.writer.submit(creating(books.company_id, email="late@x.test"))
        return await waiting

    assert kinds(asyncio.run(callers())) == ["Done"] * 10
    assert not desk.writer.alive
    assert not desk.dead.is_set()


def test_another_read_model_ends_the_writer_and_everybody_is_told(
    open_desk: OpenDesk, books: Books, replace_read_model: Callable[[], None]
) -> None:
    desk = open_desk(requests=3)
    replace_read_model()

    async def callers() -> list[Answer]:
        waiting = asyncio.create_task(desk.all(some(books, 10)))
        await until_waiting(desk, 10)
        desk.writer.start()
        answers = await waiting
        answers += await desk.all(some(books, 2))
        return answers

    assert kinds(asyncio.run(callers())) == ["ReadModelChanged"] * 12
    assert desk.dead.wait(5)
    assert not desk.writer.alive
    assert books.events() == []


def test_a_writer_that_dies_of_a_mistake_leaves_nobody_waiting(
    open_desk: OpenDesk, books: Books
) -> None:
    def broken() -> psycopg.Connection[Any]:
        raise ZeroDivisionError

    desk = open_desk(broken, requests=3)

    async def callers() -> list[Answer]:
        waiting = asyncio.create_task(desk.all(some(books, 10)))
        await until_waiting(desk, 10)
        desk.writer.start()
        answers = await waiting
        answers += await desk.all(some(books, 2))
        return answers

    answers = kinds(asyncio.run(callers()))
    assert answers == ["OutcomeUnknown"] * 3 + ["DatabaseUnavailable"] * 9
    assert desk.dead.wait(5)
    assert not desk.writer.alive


def test_a_writer_lives_from_its_start_to_its_close(open_desk: OpenDesk) -> None:
    desk = open_desk()
    states = [desk.writer.alive]
    desk.writer.start()
    states.append(desk.writer.alive)
    desk.writer.close()
    states.append(desk.writer.alive)
    assert states == [False, True, False]
