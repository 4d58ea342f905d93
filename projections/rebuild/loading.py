"""Folds a piece of the log into the tables of a new read model, in one transaction."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from projections.rebuild.errors import Broken, Poison, RebuildError
from projections.rebuild.streams import Piece, folded, of_piece
from projections.rebuild.tables import store
from projections.schema import NEXT


@dataclass(frozen=True)
class Task:
    """What all workers know: where, up to which heads, and which rebuild they belong to."""

    conninfo: str
    upto: Mapping[UUID, int]
    built_at: datetime
    skip_broken: bool


@dataclass
class Filled:
    """What came of a piece, or of all."""

    events: int = 0
    contacts: int = 0
    broken: list[Broken] = field(default_factory=list)

    def counting(self, events: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """Pass the events on and count them."""
        for event in events:
            self.events += 1
            yield event

    def add(self, other: "Filled") -> None:
        """Take over what another piece came to."""
        self.events += other.events
        self.contacts += other.contacts
        self.broken += other.broken


def fill(connection: Connection[Any], task: Task, piece: Piece) -> Filled:
    """Fold a piece and store its rows, in one transaction."""
    filled, poison = Filled(), Poison(skip=task.skip_broken)
    with connection.transaction():
        check_still_ours(connection, task)
        events = filled.counting(of_piece(connection, piece))
        contacts = folded(events, task.upto, poison.note)
        filled.contacts = store(connection, NEXT, contacts, task.upto)
    filled.broken += poison.events.values()
    return filled


def check_still_ours(connection: Connection[Any], task: Task) -> None:
    """Refuse to fill the tables of a later rebuild, and keep ours from being dropped until commit.

    A worker can outlive its rebuild by a moment, in which the next one may have begun.
    """
    row = connection.execute(f"SELECT built_at FROM {NEXT}.model").fetchone()
    if row is None or row[0] != task.built_at:
        raise RebuildError("another rebuild has begun")
