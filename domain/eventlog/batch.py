"""The log of one company inside an open transaction: streams from memory, one append."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import StoredEvent
from pydantic_core import to_json

from domain.eventlog.log import NOBODY, CompanyLog, LoggedEvent, Meta

APPEND_ALL = """
    SELECT count(*) FROM (
        SELECT array_agg(company_id ORDER BY nth) AS company_ids,
            array_agg(contact_id ORDER BY nth) AS contact_ids,
            array_agg(version ORDER BY nth) AS versions,
            array_agg(topic ORDER BY nth) AS topics,
            array_agg(convert_to(state, 'UTF8') ORDER BY nth) AS states,
            array_agg(actor ORDER BY nth) AS actors,
            array_agg(source ORDER BY nth) AS sources,
            array_agg(request_id ORDER BY nth) AS request_ids,
            array_agg(at ORDER BY nth) AS instants
        FROM json_to_recordset(%s::json) AS event (
            company_id uuid, at timestamptz, nth integer, contact_id uuid, version integer,
            topic text, state text, actor text, source text, request_id text)
        OFFSET 0
    ) AS batch CROSS JOIN LATERAL log.append(
        company_ids, contact_ids, versions, topics, states, actors, sources, request_ids, instants)
"""


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
        super().__init__(company_id, lambda: nullcontext(connection))
        self.streams: dict[UUID, list[LoggedEvent]] = {}
        self.position = position
        self.at = at
        self._collected: list[tuple[StoredEvent, Meta]] = []
        self._last_request_id: str | None = None

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
        """Return the request that the last event belongs to, sent or not, if there is one."""
        if self._collected:
            return self._collected[-1][1].request_id
        return self._last_request_id

    def take(self) -> Iterator[dict[str, Any]]:
        """Hand over, once, what was collected, as APPEND_ALL takes it but for its order."""
        self._last_request_id = self.last_request_id()
        collected, self._collected = self._collected, []
        for stored, meta in collected:
            yield {
                "company_id": self.company_id,
                "at": self.at,
                "contact_id": stored.originator_id,
                "version": stored.originator_version,
                "topic": stored.topic,
                "state": stored.state,
                "actor": meta.actor,
                "source": meta.source,
                "request_id": meta.request_id,
            }


def flush(connection: psycopg.Connection[Any], logs: Iterable[BatchLog]) -> None:
    """Send what several logs have collected since: one append for all companies.

    As one JSON parameter, since psycopg takes longer to make nine arrays than PostgreSQL to read
    them from it. States are UTF-8, being JSON themselves.
    """
    events = [event for log in logs for event in log.take()]
    for nth, event in enumerate(events):
        event["nth"] = nth
    if events:
        connection.execute(APPEND_ALL, (to_json(events).decode(),))
