"""Any contacts, any question: the database's answer is that of a filter written in plain Python."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg.rows import namedtuple_row

from api.companies import register
from api.database import READ_OPTIONS, editing, with_options, writing
from domain.application.contacts import Contacts
from domain.application.requests import ById, Done, Matching, Request, Step
from domain.contact.commands import CreateContact, DeleteContact
from domain.contact.events import Details
from domain.eventlog.log import Meta
from domain.identity import email_key
from projections.contacts.folding import folded, search_words, sort_key
from projections.contacts.question import After, Filter, Order, Slice
from projections.contacts.search import search
from projections.inline import Inline

LONG = "Öx" * 400  # too long for the index of texts
NAMES = [
    "Anna",
    "Jürgen",
    "Juergen",
    "jurgen",
    "Müller",
    "Mueller",
    "Muller",
    "Łukasz",
    "Weiß",
    "Øre",
    LONG,
]
TAGS = ["Lead", "VIP", "100%", "a_b"]
OWNERS = [UUID(int=1), UUID(int=2)]
TERMS = [
    "",
    "mul",
    "muller",
    "müller",
    "anna 01",
    "u",
    "%",
    "_",
    "ju mu",
    "öx",
    "mü x",
    "5112",
    "0151/12",
    "x.de",
    "x.de mul jur",
    "ss",
    "qq",
]


@dataclass(frozen=True)
class Known:
    """A contact as the plain filter sees it."""

    contact_id: UUID
    number: int
    details: Details
    tags: frozenset[str]

    def text(self) -> str:
        d = self.details
        return folded(d.first_name, d.last_name, d.email, d.phone_number)

    def key(self, by: str) -> object:
        d = self.details
        if by == "createdAt":
            return self.number
        if by == "email":
            return None if d.email is None else email_key(d.email)
        name = d.first_name if by == "firstName" else d.last_name
        return None if name is None else sort_key(name)


def matches(known: Known, wanted: Filter) -> bool:
    given_tags = set(wanted.tags)
    tags = {
        "all": known.tags >= given_tags,
        "any": bool(known.tags & given_tags),
        "none": not known.tags & given_tags,
    }[wanted.tags_mode]
    words = all(any(form in known.text() for form in forms) for forms in search_words(wanted.term))
    owner = wanted.owner_id in (None, known.details.account_owner_id)
    return words and owner and (tags or not given_tags)


def in_order(contacts: list[Known], order: Order) -> list[UUID]:
    with_key = [known for known in contacts if known.key(order.by) is not None]
    without = [known for known in contacts if known.key(order.by) is None]
    with_key.sort(
        key=lambda known: (known.key(order.by), known.contact_id), reverse=order.descending
    )
    without.sort(key=lambda known: known.contact_id, reverse=order.descending)
    return [known.contact_id for known in with_key + without]


maybe_name = st.none() | st.sampled_from(NAMES)
people = st.builds(
    lambda first, last, phone, owner, tags, mail: (first, last, phone, owner, tags, mail),
    maybe_name,
    maybe_name,
    st.none() | st.sampled_from(["+4915112345678", "0151 / 12", "+4989123456"]),
    st.none() | st.sampled_from(OWNERS),
    st.frozensets(st.sampled_from(TAGS)),
    st.booleans(),
)
questions = st.builds(
    Filter,
    st.sampled_from(TERMS),
    st.lists(st.sampled_from([*TAGS, "nobody"]), max_size=3).map(tuple),
    st.sampled_from(["all", "any", "none"]),
    st.none() | st.sampled_from([*OWNERS, UUID(int=3)]),
)
orders = st.builds(
    Order, st.sampled_from(["firstName", "lastName", "email", "createdAt"]), st.booleans()
)


@pytest.fixture
def make(database_url: str) -> Iterator[Callable[[list[Any]], tuple[UUID, list[Known]]]]:
    """Make a company of these people, a transaction each, so that their times differ."""
    door = Contacts(writing(database_url), Inline())

    def make_company(wanted: list[Any]) -> tuple[UUID, list[Known]]:
        with editing(database_url) as connection:
            company_id = register.create(connection, uuid4().hex, "DE")
        made = [person(door, company_id, number, who) for number, who in enumerate(wanted)]
        if len(made) > 5:  # one of them goes again
            gone = made.pop()
            run(door, company_id, Step(ById(gone.contact_id), DeleteContact()))
        return company_id, made

    yield make_company
    door.close()


def person(door: Contacts, company_id: UUID, number: int, who: Any) -> Known:
    first, last, phone, owner, tags, has_mail = who
    mail = f"P{number}.Müller@x.de" if has_mail or phone is None else None
    details = Details(
        first_name=first, last_name=last, phone_number=phone, account_owner_id=owner, email=mail
    )
    target = Matching(None if mail is None else email_key(mail))
    done = run(door, company_id, Step(target, CreateContact(details, tuple(sorted(tags)))))
    return Known(done.changes[0].contact_id, number, details, tags)


def run(door: Contacts, company_id: UUID, step: Step) -> Done:
    [outcome] = door.run([Request(company_id, (step,), Meta(request_id=uuid4().hex))])
    assert isinstance(outcome, Done)
    return outcome


async def walked(
    url: str, company_id: UUID, wanted: Filter, order: Order, limit: int
) -> tuple[list[UUID], list[UUID], set[int]]:
    """Return all ids by pages and all ids by cursors, and each total that was named."""
    connection = await psycopg.AsyncConnection.connect(
        with_options(url, READ_OPTIONS), autocommit=True, row_factory=namedtuple_row
    )
    async with connection:
        paged: list[UUID] = []
        followed: list[UUID] = []
        totals: set[int] = set()
        while True:
            page = await search(
                connection, company_id, wanted, order, Slice(limit, offset=len(paged))
            )
            totals.add(page.total)
            paged += [row.contact_id for row in page.rows]
            if page.next is None:
                break
        after: After | None = None
        while True:
            page = await search(connection, company_id, wanted, order, Slice(limit, after=after))
            totals.add(page.total)
            followed += [row.contact_id for row in page.rows]
            if page.next is None:
                break
            after = page.next
    return paged, followed, totals


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(
    wanted=[
        (LONG, None, None, None, frozenset(), True),
        ("Ox", None, None, None, frozenset(), True),
    ],
    asked=[(Filter("öx"), Order("createdAt", descending=True))],
)
@example(
    wanted=[
        ("Anna", "Müller", None, None, frozenset(), True),
        ("Anna", "Müller", "+4915112345678", None, frozenset(), False),
    ],
    asked=[(Filter("anna mul x.de"), Order("createdAt", descending=True))],
)
@given(
    wanted=st.lists(people, max_size=9),
    asked=st.lists(st.tuples(questions, orders), min_size=4, max_size=8),
)
def test_every_page_and_every_total_is_that_of_a_plain_filter(
    database_url: str,
    make: Callable[[list[Any]], tuple[UUID, list[Known]]],
    wanted: list[Any],
    asked: list[tuple[Filter, Order]],
) -> None:
    company_id, contacts = make(wanted)
    for question, order in asked:
        expected = in_order([known for known in contacts if matches(known, question)], order)
        paged, followed, totals = asyncio.run(
            walked(database_url, company_id, question, order, limit=2)
        )
        assert (paged, followed, totals) == (expected, expected, {len(expected)}), question
