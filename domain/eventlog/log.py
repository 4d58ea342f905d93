"""An event store on one page: hides the SQL behind the recorder interface of `eventsourcing`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Never
from uuid import UUID

import psycopg
from eventsourcing import persistence
from eventsourcing.persistence import ApplicationRecorder, Notification, StoredEvent
from psycopg.rows import args_row, scalar_row

Connect = Callable[[], AbstractContextManager[psycopg.Connection[Any]]]

# Arrays travel in binary form (%b): as text they take three times as long.
APPEND = """
    SELECT position, recorded_at FROM log.append(
        %(company_ids)b::uuid[], %(contact_ids)b::uuid[], %(versions)b::integer[],
        %(topics)b::text[], %(states)b::bytea[], %(actors)b::text[], %(sources)b::text[],
        %(request_ids)b::text[], %(instants)b::timestamptz[])
"""

# One look into the primary key a stream, whatever the planner thinks: OFFSET 0 keeps the streams
# apart, ORDER BY makes it prefer this key to the one by position, even while the table is empty.
SELECT_STREAMS = """
    SELECT company_id, event.* FROM unnest(
        %(company_ids)b::uuid[], %(contact_ids)b::uuid[], %(after_versions)b::integer[]
    ) AS wanted (company_id, contact_id, after_version)
    CROSS JOIN LATERAL (
        SELECT contact_id, version, topic, state, position, recorded_at, actor, source, request_id
        FROM log.event WHERE company_id = wanted.company_id AND contact_id = wanted.contact_id
        AND version > wanted.after_version ORDER BY version OFFSET 0
    ) AS event ORDER BY company_id, contact_id, version
"""

SELECT_EVENTS = """
    SELECT contact_id, version, topic, state, position, recorded_at, actor, source, request_id
    FROM log.event WHERE company_id = %s AND contact_id = %s
    AND version > coalesce(%s, -1) AND version <= coalesce(%s, 2147483647)
    ORDER BY version {} LIMIT %s
"""
ASCENDING, DESCENDING = SELECT_EVENTS.format("ASC"), SELECT_EVENTS.format("DESC")

SELECT_NOTIFICATIONS = """
    SELECT contact_id, version, topic, state, position FROM log.event
    WHERE company_id = %(company_id)s
    AND position > %(after)s AND position <= coalesce(%(stop)s, 9223372036854775807)
    AND (%(topics)s::text[] = '{}' OR topic = ANY (%(topics)s::text[]))
    ORDER BY position LIMIT %(limit)s
"""

HEAD_POSITION = "SELECT nullif(position, 0) FROM log.company_log WHERE company_id = %s"

# The library's errors are named as the driver's; the first that fits is the closest.
ERRORS: tuple[type[persistence.PersistenceError], ...] = (
    persistence.InterfaceError,
    persistence.OperationalError,
    persistence.DataError,
    persistence.IntegrityError,
    persistence.InternalError,
    persistence.ProgrammingError,
    persistence.NotSupportedError,
    persistence.DatabaseError,
)


@dataclass(frozen=True, slots=True)
class Meta:
    """Who did it, where it came in, and in which request. Outlives an erasure: nothing personal."""

    actor: str = ""
    source: str = ""
    request_id: str = ""


NOBODY = Meta()


@dataclass(frozen=True)
class LoggedEvent(StoredEvent):
    """A stored event with its place in the log; `state` is None when its contact was erased."""

    state: bytes | None  # type: ignore[assignment]  # the library knows no erasure
    position: int
    recorded_at: datetime
    actor: str
    source: str
    request_id: str


class CompanyLog(ApplicationRecorder):
    """The events of one company, in one gapless order; each call is a transaction of its own."""

    def __init__(self, company_id: UUID, connect: Connect) -> None:
        """Take a source of connections that commit when their block is left in peace."""
        self.company_id = company_id
        self.connect = connect

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, meta: Meta = NOBODY, **_: object
    ) -> Sequence[int]:
        """Append all or nothing, return the positions; IntegrityError when a version is taken."""
        events = [(stored, meta) for stored in stored_events]
        with self._cursor() as cursor:
            cursor.row_factory = scalar_row
            return cursor.execute(APPEND, append_arguments(self.company_id, events)).fetchall()

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[LoggedEvent]:
        """Return the stream of one contact, or the part of it with gt < version <= lte."""
        query = DESCENDING if desc else ASCENDING
        with self._cursor() as cursor:
            cursor.row_factory = args_row(LoggedEvent)
            return cursor.execute(
                query, (self.company_id, originator_id, gt, lte, limit)
            ).fetchall()

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return the log from position `start` on; nothing ever turns up before what was read."""
        arguments = {
            "company_id": self.company_id,
            "after": (start or 0) - (start is not None and inclusive_of_start),
            "stop": stop,
            "topics": list(topics),
            "limit": limit,
        }
        with self._cursor() as cursor:
            cursor.row_factory = args_row(Notification)
            return cursor.execute(SELECT_NOTIFICATIONS, arguments).fetchall()

    def max_notification_id(self) -> int | None:
        """Return the last position, None for an empty log."""
        with self._cursor() as cursor:
            row = cursor.execute(HEAD_POSITION, (self.company_id,)).fetchone()
        return row[0] if row else None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Never:
        """Refuse: a NOTIFY inside the append costs most of its speed; readers poll by position."""
        raise NotImplementedError("poll select_notifications: positions have no gaps to wait for")

    @contextmanager
    def _cursor(self) -> Iterator[psycopg.Cursor[Any]]:
        """Lend a cursor, and translate the driver's errors at this one border."""
        try:
            with self.connect() as connection:
                yield connection.cursor(binary=True)
        except psycopg.Error as error:
            kind = next(
                (kind for kind in ERRORS if isinstance(error, getattr(psycopg, kind.__name__))),
                persistence.PersistenceError,
            )
            raise kind(error.diag.message_primary or str(error)) from error


def append_arguments(
    company_id: UUID, events: Sequence[tuple[StoredEvent, Meta]]
) -> Mapping[str, Any]:
    """Return the arguments of APPEND, for events of one company that are recorded now."""
    return {
        "company_ids": [company_id for _ in events],
        "contact_ids": [stored.originator_id for stored, _ in events],
        "versions": [stored.originator_version for stored, _ in events],
        "topics": [stored.topic for stored, _ in events],
        "states": [stored.state for stored, _ in events],
        "actors": [meta.actor for _, meta in events],
        "sources": [meta.source for _, meta in events],
        "request_ids": [meta.request_id for _, meta in events],
        "instants": None,
    }
