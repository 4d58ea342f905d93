"""The log of one company inside an open transaction: streams from memory, one append."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import StoredEvent

from domain.eventlog.log import (
    APPEND,
    NOBODY,
    CompanyLog,
    LoggedEvent,
    Meta,
    append_arguments,
)


class BatchLog(CompanyLog):
    """A company's log while its head is locked by this transaction.

    Under the lock the next positions are known, and so is the instant at which they are recorded:
    `at`, read from the database's clock after the lock was taken. Events can therefore be folded
    before they are sent.
    """

    def __init__(
        self,
        company_id: UUID,
        connection: psycopg.Connection[Any],
        position: int,
        at: datetime,
    ) -> None:
        """Continue after `position`."""
        super().__init__(company_id, lambda: self._borrowed(connection))
        self.streams: dict[UUID, list[LoggedEvent]] = {}
        self.position = position
        self.at = at
        self._collected: list[tuple[StoredEvent, Meta]] = []

    @staticmethod
    def _borrowed(
        connection: psycopg.Connection[Any],
    ) -> AbstractContextManager[psycopg.Connection[Any]]:
        return nullcontext(connection)

    def select_events(self, originator_id: UUID | str, **_: object) -> Sequence[LoggedEvent]:
        """Return what was loaded of the stream: the events that the caller did not know yet."""
        return self.streams.get(UUID(str(originator_id)), [])

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, meta: Meta = NOBODY, **_: object
    ) -> Sequence[int]:
        """Collect the events; their positions are certain, since the head is locked."""
        first = self.position + 1
        self._collected += [(stored, meta) for stored in stored_events]
        self.position += len(stored_events)
        return range(first, self.position + 1)

    def mark(self) -> int:
        """Remember how much is collected, to come back to."""
        return len(self._collected)

    def back_to(self, mark: int) -> None:
        """Drop what was collected since."""
        self.position -= len(self._collected) - mark
        del self._collected[mark:]

    def last_request_id(self) -> str | None:
        """Return the request that the last collected event belongs to, if there is one."""
        return self._collected[-1][1].request_id if self._collected else None

    def flush(self) -> bool:
        """Send everything collected as one append; False when there was nothing."""
        if not self._collected:
            return False
        with self.connect() as connection:
            connection.execute(APPEND, append_arguments(self.company_id, self._collected, self.at))
        return True
