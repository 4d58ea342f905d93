"""A company's log to try things on, written and read as the service does, or against its rules."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg
from eventsourcing.persistence import StoredEvent
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from domain.eventlog import chain
from domain.eventlog.log import CompanyLog

AS_APP = "-c role=contacts_app"
AS_OWNER = "-c role=contacts_owner"
Row = dict[str, Any]


def connected(url: str, options: str = AS_APP) -> Callable[[], psycopg.Connection[Any]]:
    return lambda: psycopg.connect(url, options=options)


@contextmanager
def pooled(url: str, size: int) -> Iterator[Callable[[], AbstractContextManager[Any]]]:
    """Lend connections that stay open between calls."""
    settings = {"options": AS_APP}
    with ConnectionPool(url, min_size=1, max_size=size, kwargs=settings, timeout=60) as pool:
        yield pool.connection


@dataclass(frozen=True)
class Log:
    """A new company on a database, and a way to append to it without a word too many."""

    url: str
    company_id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        with connected(self.url)() as connection:
            connection.execute("SELECT log.open_company(%s)", (self.company_id,))

    @property
    def recorder(self) -> CompanyLog:
        return CompanyLog(self.company_id, connected(self.url))

    def append(
        self, contact_id: UUID, *topics: str, version: int = 1, state: bytes = b"{}"
    ) -> Sequence[int]:
        """Append events of one contact, the first of them with this version."""
        return self.recorder.insert_events(
            [
                StoredEvent(contact_id, number, topic, state)
                for number, topic in enumerate(topics, start=version)
            ]
        )

    def rows(self) -> list[Row]:
        with connected(self.url)() as connection:
            query = "SELECT * FROM log.history WHERE company_id = %s ORDER BY position"
            return (
                connection.cursor(row_factory=dict_row).execute(query, [self.company_id]).fetchall()
            )

    def head(self) -> Row:
        with connected(self.url)() as connection:
            query = "SELECT position, hash, recorded_at FROM log.company_log WHERE company_id = %s"
            row = (
                connection.cursor(row_factory=dict_row).execute(query, [self.company_id]).fetchone()
            )
        assert row is not None
        return row

    def assert_whole(self) -> None:
        """Walk the chain with the Python half of its format, from the company's id to the head."""
        last = chain.genesis(self.company_id)
        rows = self.rows()
        assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
        for row in rows:
            assert row["state"] is None or chain.digest(row["state"]) == row["digest"]
            fields = {name: row[name] for name in ENTRY}
            last = chain.link(last, chain.entry(**fields), row["digest"])
            assert last == row["hash"], f"the chain breaks at position {row['position']}"
        head = self.head()
        assert (head["position"], head["hash"]) == (len(rows), last)
        times = [row["recorded_at"] for row in rows]
        assert times == sorted(times)
        assert not times or times[-1] == head["recorded_at"]


ENTRY = (
    "company_id",
    "position",
    "contact_id",
    "version",
    "topic",
    "recorded_at",
    "actor",
    "source",
    "request_id",
)
