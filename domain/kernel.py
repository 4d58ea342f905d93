"""The base types of the write side: event, command and aggregate, without any I/O."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """A fact, past tense, never edited.

    TOPIC is the name under which it is stored, for ever; SCHEMA is raised when its shape changes,
    together with an upcaster from the shape before.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    TOPIC: ClassVar[str] = ""
    SCHEMA: ClassVar[int] = 1
    topics: ClassVar[dict[str, type[Self]]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        """Make the event known under its topic; a topic can be taken only once."""
        super().__pydantic_init_subclass__(**kwargs)
        if not cls.TOPIC:
            return
        if cls.TOPIC in Event.topics:
            msg = f"two events are stored as {cls.TOPIC}"
            raise TypeError(msg)
        Event.topics[cls.TOPIC] = cls


class Redacted(Event):
    """What is left of an event whose data was erased: its topic."""

    topic: str


class Command:
    """A wish, imperative; the aggregate may refuse it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """An event with its place in its stream, not stored yet.

    The attribute names are the ones that the eventsourcing library asks of a domain event.
    """

    originator_id: UUID
    originator_version: int
    event: Event


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with its place in stream and log, as every fold sees it."""

    originator_id: UUID
    originator_version: int
    event: Event
    position: int
    recorded_at: datetime


class Aggregate(ABC):
    """Decides (`handle`) and remembers (`apply`); rules live in `handle` only.

    History therefore replays even after a rule has become stricter.
    """

    def __init__(self, aggregate_id: UUID) -> None:
        """Start empty, at version 0."""
        self.id = aggregate_id
        self.version = 0
        self._pending: list[Pending] = []

    @abstractmethod
    def handle(self, command: Command) -> Iterator[Event]:
        """Decide which events the command causes, or raise a DomainError."""

    @abstractmethod
    def apply(self, event: Event) -> None:
        """Remember an event; never refuses."""

    def execute(self, command: Command) -> None:
        """Decide, and remember each event before the next one is decided."""
        for event in self.handle(command):
            self.version += 1
            self.apply(event)
            self._pending.append(Pending(self.id, self.version, event))

    def replay(self, recorded: Recorded) -> None:
        """Remember an event that is stored already."""
        self.apply(recorded.event)
        self.version = recorded.originator_version

    def collect_events(self) -> list[Pending]:
        """Hand over, once, the events not stored yet; the library's `save` asks for them."""
        pending, self._pending = self._pending, []
        return pending
