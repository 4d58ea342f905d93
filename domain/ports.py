"""What the write side needs of the read side, without knowing it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self
from uuid import UUID

import psycopg

from domain.kernel import Recorded

Connection = psycopg.Connection[Any]


@dataclass(slots=True)
class Keys:
    """What a batch wants to know, each with its company: who has which address, number, meeting."""

    emails: set[tuple[UUID, str]] = field(default_factory=set)
    phones: set[tuple[UUID, str]] = field(default_factory=set)
    appointments: set[tuple[UUID, str]] = field(default_factory=set)


@dataclass(slots=True)
class Found:
    """The answer to Keys; a missing key has nobody."""

    emails: dict[tuple[UUID, str], UUID] = field(default_factory=dict)
    phones: dict[tuple[UUID, str], UUID] = field(default_factory=dict)
    appointments: dict[tuple[UUID, str], list[UUID]] = field(default_factory=dict)

    def add(self, other: "Found") -> None:
        """Take over what the other knows."""
        self.emails |= other.emails
        self.phones |= other.phones
        self.appointments |= other.appointments


class Rows(Protocol):
    """The read model's rows of one contact, folded in memory."""

    def copy(self) -> Self:
        """Return independent rows that remember what changed so far."""

    def fold(self, recorded: Recorded) -> None:
        """Take in one event; raises when a projection cannot digest it."""

    def settle(self) -> None:
        """Regard the rows as stored: nothing is changed."""


class ReadSide(Protocol):
    """Rows that are written in the append transaction, and found again under the head lock."""

    fingerprint: str

    def empty(self, company_id: UUID, contact_id: UUID) -> Rows:
        """Return the rows of a contact to whom nothing has happened."""

    def ask_fingerprint(self, connection: Connection) -> Callable[[], str | None]:
        """Send the question which code built the active read model; call the result to read it."""

    def find(self, connection: Connection, keys: Keys) -> Callable[[], Found]:
        """Send the look-ups; call the result to read the answers."""

    def write(self, connection: Connection, rows: Sequence[Rows]) -> None:
        """Send the upserts of everything that changed, and regard it as stored."""


ReceiptKey = tuple[UUID, bytes]
"""Company id, and the key by which a request is known again."""


@dataclass(slots=True)
class Kept:
    """What is known of an earlier request: its digest, and the answers to its parts.

    Digest and answer are None when somebody of whom they spoke was erased.
    """

    digest: bytes | None
    answers: dict[int, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """What is to be kept of a request: who asked what, the answer, and of whom it speaks."""

    company_id: UUID
    key: bytes
    part: int
    digest: bytes
    answer: str
    contact_ids: tuple[UUID, ...]


class Receipts(Protocol):
    """Receipts that are kept in the append transaction, and found again under the head lock."""

    def find(
        self, connection: Connection, keys: Collection[ReceiptKey]
    ) -> Callable[[], dict[ReceiptKey, Kept]]:
        """Send the look-up; call the result to read the answer."""

    def keep(self, connection: Connection, receipts: Sequence[NewReceipt]) -> None:
        """Send new receipts; they replace those of the same key that are too old to be found."""
