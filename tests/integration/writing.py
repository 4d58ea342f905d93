"""Hides how tests reach the write side on a real database, and how they look at what is there."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from uuid_utils.compat import uuid7

from api.companies import register
from api.database import writing
from domain.application.contacts import Contacts
from domain.application.requests import ById, Done, Matching, Outcome, Request, Step
from domain.contact.commands import CreateContact, UpdateContact
from domain.contact.events import Details
from domain.errors import DomainError
from domain.eventlog.log import Meta
from domain.eventlog.mapper import decode
from domain.identity import email_key
from domain.kernel import Command, Recorded
from domain.ports import Connection
from projections.inline import Inline

E = TypeVar("E", bound=DomainError)


def new_company(connection: psycopg.Connection[Any]) -> UUID:
    return register.create(connection, f"Company {uuid7()}", "DE")


def contacts(url: str, connect: Callable[[], Connection] | None = None) -> Contacts:
    """The write side of one process."""
    return Contacts(connect or writing(url), Inline())


# -- wishes --------------------------------------------------------------------------------------


def asking(company_id: UUID, *steps: Step, request_id: str = "") -> Request:
    return Request(company_id, steps, Meta("key", "api", request_id or str(uuid7())))


def claim(details: Details) -> str | None:
    return None if details.email is None else email_key(details.email)


def creating(company_id: UUID, *, update_existing: bool = False, **fields: Any) -> Request:
    details = Details(**fields)
    wish = CreateContact(details, update_existing=update_existing)
    return asking(company_id, Step(Matching(claim(details)), wish))


def to(contact_id: UUID, command: Command) -> Step:
    claims = claim(command.details) if isinstance(command, UpdateContact) else None
    return Step(ById(contact_id), command, claims)


def change(contact_id: UUID, **fields: Any) -> Step:
    return to(contact_id, UpdateContact(Details(**fields)))


def book(command: Any) -> Step:
    details = command.details
    return Step(Matching(claim(details), details.phone_key), command)


# -- outcomes ------------------------------------------------------------------------------------


def done(outcome: Outcome) -> Done:
    assert isinstance(outcome, Done), outcome
    return outcome


def id_of(outcome: Outcome) -> UUID:
    (only,) = done(outcome).changes
    return only.contact_id


def refused(outcome: Outcome, error: type[E]) -> E:
    assert type(outcome) is error, outcome
    return outcome


def names_of(outcomes: list[Outcome]) -> list[str]:
    return [type(outcome).__name__ for outcome in outcomes]


# -- what is there -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Books:
    """One company's log and rows, as a superuser sees them."""

    connection: psycopg.Connection[Any]
    company_id: UUID

    @classmethod
    @contextmanager
    def opened(cls, url: str) -> Iterator["Books"]:
        """The books of a new company."""
        with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as connection:
            yield cls(connection, new_company(connection))

    def another(self) -> "Books":
        """The books of one more company."""
        return Books(self.connection, new_company(self.connection))

    def query(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        cursor = self.connection.cursor(row_factory=dict_row)
        return cursor.execute(query.encode(), arguments).fetchall()

    def events(self) -> list[dict[str, Any]]:
        query = "SELECT * FROM log.event WHERE company_id = %s ORDER BY position"
        return self.query(query, self.company_id)

    def history(self) -> list[Recorded]:
        return [
            Recorded(
                row["contact_id"],
                row["version"],
                decode(row["topic"], row["state"]),
                row["position"],
                row["recorded_at"],
            )
            for row in self.events()
        ]

    def topics(self, contact_id: UUID | None = None) -> list[str]:
        return [
            row["topic"].removeprefix("contact.")
            for row in self.events()
            if contact_id in (None, row["contact_id"])
        ]

    def rows(self, view: str) -> list[dict[str, Any]]:
        return self.query(f"SELECT * FROM read.{view} WHERE company_id = %s", self.company_id)

    def assert_counted(self) -> None:
        """The counters of tags and owners are what counting says."""
        counted: Counter[tuple[str, str]] = Counter()
        for row in self.rows("contact"):
            owners = {"", str(row["account_owner_id"] or "")}
            if row["status"] == "live":
                counted.update(product({"", *row["tags"]}, owners))
        kept = {
            (row["tag"], row["account_owner_id"]): row["contacts"]
            for row in self.rows("contact_count")
            if row["contacts"]
        }
        assert kept == counted

    def emails(self) -> dict[UUID, str | None]:
        return {row["contact_id"]: row["email"] for row in self.rows("contact")}

    def transactions(self) -> int:
        """How many transactions wrote the events: one for each batch that was not taken apart."""
        query = "SELECT DISTINCT xmin::text FROM log.event WHERE company_id = %s"
        return len(self.query(query, self.company_id))

    def request_ids(self) -> list[str]:
        return [row["request_id"] for row in self.events()]

    def assert_contiguous(self) -> None:
        """Positions and versions have no gaps, and time never goes back."""
        events = self.events()
        assert [event["position"] for event in events] == list(range(1, len(events) + 1))
        streams: dict[UUID, list[int]] = {}
        for event in events:
            streams.setdefault(event["contact_id"], []).append(event["version"])
        for versions in streams.values():
            assert versions == list(range(1, len(versions) + 1))
        times = [event["recorded_at"] for event in events]
        assert times == sorted(times)


@contextmanager
def head_held(url: str, company_id: UUID) -> Iterator[psycopg.Connection[Any]]:
    """Somebody else appends for this company meanwhile."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT log.lock_heads(%s)", ([company_id],))
        yield connection
        connection.rollback()
