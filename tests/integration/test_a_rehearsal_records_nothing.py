"""What a dry run asks: it is decided as if it were meant, and nothing is left of it."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from api.database import writing
from domain import errors
from domain.application import contacts as application
from domain.application.contacts import Contacts
from projections.inline import Inline
from tests.integration.writing import (
    Books,
    asking,
    change,
    contacts,
    creating,
    done,
    head_held,
    id_of,
    names_of,
)


def test_each_request_sees_what_those_before_it_would_do(side: Contacts, books: Books) -> None:
    wishes = [creating(books.company_id, email=email) for email in ("a@x.test", "A@x.test")]
    outcomes = side.rehearse(wishes)
    assert names_of(outcomes) == ["Done", "EmailTaken"]
    assert [one.created for one in done(outcomes[0]).changes] == [True]
    assert books.events() == books.rows("contact") == []


def test_what_was_rehearsed_is_done_as_if_nothing_had_been(side: Contacts, books: Books) -> None:
    (made,) = side.run([creating(books.company_id, email="a@x.test")])
    wish = asking(books.company_id, change(id_of(made), title="Dr."))
    for _ in range(2):
        (rehearsed,) = side.rehearse([wish])
        assert [one.version for one in done(rehearsed).changes] == [2]
    assert books.topics() == ["created"]
    (meant,) = side.run([wish])
    assert [one.version for one in done(meant).changes] == [2]


def test_a_rehearsal_keeps_no_head(side: Contacts, books: Books, shared_url: str) -> None:
    side.rehearse([creating(books.company_id, email="a@x.test")])
    with psycopg.connect(shared_url, options="-c lock_timeout=1s") as free:
        free.execute("SELECT log.lock_heads(%s)", ([books.company_id],))


def test_a_held_head_defers_a_rehearsal_or_is_waited_for(books: Books, shared_url: str) -> None:
    wishes = [creating(books.company_id, email=f"{name}@x.test") for name in "ab"]
    impatient = contacts(shared_url, writing(shared_url, "50ms"))
    with head_held(shared_url, books.company_id):
        assert names_of(impatient.rehearse(wishes)) == ["Deferred", "Deferred"]
        kept = impatient._connection
        assert kept is not None, "nobody was waited for"
        assert names_of(impatient.rehearse(wishes, wait=True)) == ["Deferred", "Deferred"]
        assert impatient._connection is kept, "to give up costs no connection"
    assert names_of(impatient.rehearse(wishes, wait=True)) == ["Done", "Done"]
    impatient.close()


class Broken(Inline):
    """A read side whose question the database does not understand."""

    def ask_fingerprint(self, connection: psycopg.Connection[Any]) -> Callable[[], str | None]:
        connection.execute("SELECT 1/0")
        return lambda: self.fingerprint


def test_a_failure_concerns_all_of_a_rehearsal(side: Contacts, books: Books) -> None:
    broken = Contacts(side._connect, Broken())
    wishes = [creating(books.company_id, email=f"{name}@x.test") for name in "ab"]
    assert names_of(broken.rehearse(wishes)) == ["WriteFailed", "WriteFailed"]
    broken.close()
    assert books.events() == []


def test_a_database_that_is_away_is_waited_for_and_then_said_to_be(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "PATIENCE_SECONDS", 0.2)

    tries: list[int] = []

    def refuse() -> psycopg.Connection[Any]:
        tries.append(1)
        raise pg.OperationalError

    lost = Contacts(refuse, Inline())
    (outcome,) = lost.rehearse([creating(books.company_id, email="a@x.test")])
    assert isinstance(outcome, errors.DatabaseUnavailable)
    assert len(tries) > 1
