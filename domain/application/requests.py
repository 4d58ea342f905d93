"""What is asked of the write side, and what it answers."""

from collections.abc import Callable
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
    """A place in a meeting, by the scheduler's names of both.

    Where the scheduler has no name for the place, `phone_number`, as typed, tells whose it is.
    """

    appointment_id: str
    attendee_id: str | None = None
    phone_number: str | None = None


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
    """Everybody who has a place in the meeting, or the one who has this place in it.

    `alone` refuses to speak of several places at once. With `known_as`, an e-mail key or an E.164
    number, only who has it is meant, or had it when booking. `even_formerly` is for what comes
    late: it also finds who had the place under the name that it had before the meeting was moved.
    """

    appointment_id: str
    attendee_id: str | None = None
    alone: bool = False
    known_as: str | None = None
    even_formerly: bool = False


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
    receipt: "Receipt | None" = None


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
    """The request was granted; `changes` also names contacts that needed no change.

    `answer` is what the receipt says, if the request has one. When it was granted before,
    `replayed` is true and nothing else is known of it.
    """

    changes: list[Change] = field(default_factory=list)
    answer: str | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """By what a request is known when it comes again, for its answer to be the same.

    Requests with the same key must have the same digest; those of one list differ in `part`.
    `answer` makes of what was decided what is kept, before it is committed; None keeps nothing.
    """

    key: bytes
    digest: bytes
    answer: Callable[[Done | DomainError], str | None]
    part: int = 0


class Deferred(Enum):
    """Somebody else holds the company's head; ask again."""

    DEFERRED = "deferred"


Outcome = Done | DomainError | Deferred
