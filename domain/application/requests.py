"""What is asked of the write side, and what it answers."""

from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID

from domain.errors import DomainError
from domain.eventlog.log import Meta
from domain.kernel import Command
from domain.ports import Rows


@dataclass(frozen=True, slots=True)
class ById:
    """The contact with this id."""

    contact_id: UUID


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a meeting, by the scheduler's names of both."""

    appointment_id: str
    attendee_id: str


@dataclass(frozen=True, slots=True)
class Matching:
    """Who has the place already, else who has the address, else a new contact.

    Without an address it is the oldest contact with the number.
    """

    email_key: str | None = None
    phone_key: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """Everybody who has a place in the meeting, or the one who has this place in it."""

    appointment_id: str
    attendee_id: str | None = None


Target = ById | Matching | Holding


@dataclass(frozen=True, slots=True)
class Step:
    """A wish and whom it is sent to; `claims` is the address it may want to take."""

    target: Target
    command: Command
    claims: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Wishes of one caller that are granted together or not at all."""

    company_id: UUID
    steps: tuple[Step, ...]
    meta: Meta


@dataclass(frozen=True, slots=True)
class Change:
    """A contact that a request spoke of, as it is after it."""

    contact_id: UUID
    version: int
    created: bool
    changed: bool
    rows: Rows


@dataclass(frozen=True, slots=True)
class Done:
    """The request was granted; `changes` also names contacts that needed no change."""

    changes: list[Change] = field(default_factory=list)


class Deferred(Enum):
    """Somebody else holds the company's head; ask again."""

    DEFERRED = "deferred"


Outcome = Done | DomainError | Deferred
