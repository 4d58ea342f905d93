"""What was written row by row, in any batches and by two processes, is what the log says."""

from collections import defaultdict
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from domain.application import batch
from domain.application.contacts import Contacts
from domain.application.requests import Done, Holding, Matching, Request, Step
from domain.contact.commands import CreateContact, LinkBooking
from domain.errors import ProjectionFailed, WriteFailed
from domain.kernel import Command, Event
from projections.inline import VIEWS, ContactRows
from tests.integration.writing import Books, asking, book, claim, to
from tests.unit.counting import Derived, derived
from tests.unit.histories import APPOINTMENTS, bookings, commands, creations, of_a_meeting

Wish = tuple[str, Any, Command]
PEOPLE = st.integers(0, 5)
WISHES: st.SearchStrategy[Wish] = st.one_of(
    st.tuples(st.just("match"), st.none(), creations()),
    st.tuples(st.just("match"), st.none(), bookings()),
    st.tuples(st.just("one"), PEOPLE, commands()),
    st.tuples(st.just("one"), PEOPLE, commands()),
    st.tuples(st.just("all"), APPOINTMENTS, of_a_meeting()),
)
REQUESTS = st.lists(WISHES, min_size=1, max_size=2)
BATCHES = st.lists(
    st.tuples(st.booleans(), st.lists(REQUESTS, min_size=1, max_size=8)), min_size=1, max_size=7
)


def step(wish: Wish, known: list[UUID]) -> Step:
    kind, whom, command = wish
    if isinstance(command, LinkBooking) and kind == "match":
        return book(command)
    if isinstance(command, CreateContact) and kind == "match":
        return Step(Matching(claim(command.details)), command)
    if kind == "all":
        return Step(Holding(whom), command)
    addressed = to(known[whom % len(known)] if known else uuid4(), command)
    details = getattr(command, "details", None)
    return addressed if details is None else Step(addressed.target, command, claim(details))


def plain(value: object) -> object:
    """A value of a row as the database gives it back."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value


def folded(books: Books) -> list[dict[frozenset[Any], dict[str, Any]]]:
    """The rows of each view, made in memory from the whole log."""
    people: dict[UUID, ContactRows] = {}
    for recorded in books.history():
        contact_id = recorded.originator_id
        rows = people.setdefault(contact_id, ContactRows(books.company_id, contact_id))
        rows.fold(recorded)
    tables = []
    for number, view in enumerate(VIEWS):
        table = [
            {"company_id": books.company_id, "contact_id": contact_id}
            | {column: plain(getattr(row, column)) for column in view.columns}
            for contact_id, rows in people.items()
            for row in rows.views[number].values()
        ]
        tables.append(keyed(table, view.key))
    return tables


def stored(books: Books) -> list[dict[frozenset[Any], dict[str, Any]]]:
    return [keyed(books.rows(view.name), view.key) for view in VIEWS]


def keyed(
    table: list[dict[str, Any]], key: tuple[str, ...]
) -> dict[frozenset[Any], dict[str, Any]]:
    rows = {frozenset((name, row[name]) for name in ("contact_id", *key)): row for row in table}
    assert len(rows) == len(table)
    return rows


def shown(books: Books) -> dict[UUID, Derived]:
    return {
        row["contact_id"]: (
            "Recurring" in row["tags"],
            "Optin" in row["tags"],
            row["no_show_count"],
        )
        for row in books.rows("contact")
    }


def counted(books: Books) -> dict[UUID, Derived]:
    streams: dict[UUID, list[Event]] = defaultdict(list)
    for recorded in books.history():
        streams[recorded.originator_id].append(recorded.event)
    return {contact_id: derived(events) for contact_id, events in streams.items()}


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
@given(batches=BATCHES)
def test_the_rows_are_what_the_log_says_whatever_was_wished(
    books: Books,
    processes: list[Contacts],
    batches: list[tuple[bool, list[list[Wish]]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch, "PART", 3)
    books = books.another()
    known: list[UUID] = []
    for second, wishes in batches:
        requests = [request(books, wish, known) for wish in wishes]
        for outcome in processes[second].run(requests):
            assert not isinstance(outcome, WriteFailed | ProjectionFailed)
            if isinstance(outcome, Done):
                known += [one.contact_id for one in outcome.changes if one.created]
    books.assert_contiguous()
    books.assert_counted()
    assert stored(books) == folded(books)
    assert shown(books) == counted(books)


def request(books: Books, wishes: list[Wish], known: list[UUID]) -> Request:
    return asking(books.company_id, *(step(wish, known) for wish in wishes))
