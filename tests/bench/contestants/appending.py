"""Writers that each have one event to append, then the next: with our writer, or the library's.

Started as a process of its own, so that what it takes can be told from everything else.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain
from typing import cast
from uuid import UUID

import uvloop
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from uuid_utils.compat import uuid7

from api import interpreter
from api.database import beside, writing
from api.metrics.figures import Figures
from api.writer import Writer
from domain.application.batch import TAKE_HEADS
from domain.application.contacts import Contacts
from domain.application.requests import Done, Outcome, Request
from domain.eventlog.batch import BatchLog, flush
from domain.eventlog.log import CompanyLog, Meta
from tests.bench.client import Load

TOPIC = "contact.created"
STATE = json.dumps(
    {
        "data": {
            "first_name": "Jürgen",
            "last_name": "Weinstein",
            "email": "weinstein.4711@example.com",
            "email_key": "weinstein.4711@example.com",
            "tags": ["Lead", "Enterprise"],
            "additional_data": {"revenueBand": "$1-5M"},
            "source": "api",
        },
        "nonce": "b1946ac92492d2347c6235b4d2611184",
    },
    ensure_ascii=False,
).encode()
"""As long as that of a usual contact; both store the same."""

META = Meta("0190a5f0-1c2d-7e3f-8a4b-5c6d7e8f9a0b", "api", "0190a5f0-1c2d-7e3f-8a4b-5c6d7e8f9a0c")


def stored() -> StoredEvent:
    """Return the first event of somebody new."""
    return StoredEvent(uuid7(), 1, TOPIC, STATE)


class Appending:
    """What the writer hands its batches to: appends an event a request, and does nothing else.

    The statements are those of the service, less what it reads in order to decide, and less rows.
    """

    def __init__(self, url: str) -> None:
        """Connect as the service does."""
        self._connection = writing(url)()

    def run(self, requests: list[Request], *, wait: bool) -> list[Outcome]:
        """Append in one transaction: two network trips."""
        company_id = requests[0].company_id
        with self._connection.pipeline():
            self._connection.execute("BEGIN")
            heads = self._connection.execute(TAKE_HEADS, ([company_id], wait))
        [(_, position, at)] = heads.fetchall()
        log = BatchLog(company_id, self._connection, position, at)
        for request in requests:
            log.insert_events([stored()], meta=request.meta)
        with self._connection.pipeline():
            flush(self._connection, [log])
            self._connection.execute("COMMIT")
        return [Done() for _ in requests]

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


Run = Callable[[], list[float]]
"""Lets the writers append until the time is over, and returns the seconds of each event."""


@contextmanager
def group_commit(job: "Job") -> Iterator[Run]:
    """Append as the service does: what arrives together goes into one transaction."""
    writer = Writer(
        cast("Contacts", Appending(job.url)),
        Figures(),
        queue_limit=5_000,
        batch_requests=500,
        batch_companies=64,
        on_death=lambda: None,
    )
    request = Request(UUID(job.company_id), (), META)
    writer.start()
    yield lambda: uvloop.run(tasks(job, lambda: writer.submit(request)))
    writer.close()


@contextmanager
def one_by_one(job: "Job") -> Iterator[Run]:
    """Append through the same interface as the library's recorder, to our log."""
    with beside(job.url, job.writers) as pool:
        pool.resize(job.writers, job.writers)
        pool.wait()
        log = CompanyLog(UUID(job.company_id), pool.connection)
        yield lambda: threads(job, lambda: log.insert_events([stored()], meta=META))


@contextmanager
def stock(job: "Job") -> Iterator[Run]:
    """Append as the library does: a transaction an event."""
    parts = conninfo_to_dict(job.url)
    place = (str(parts[name]) for name in ("dbname", "host", "port", "user", "password"))
    with PostgresDatastore(*place, pool_size=job.writers) as datastore:
        recorder = PostgresApplicationRecorder(datastore)
        recorder.create_table()
        datastore.pool.wait()
        yield lambda: threads(job, lambda: recorder.insert_events([stored()]))


async def tasks(job: "Job", append: Callable[[], Awaitable[object]]) -> list[float]:
    """Run the writers as tasks."""
    until = time.perf_counter() + job.seconds

    async def work() -> list[float]:
        times: list[float] = []
        while (began := time.perf_counter()) < until:
            await append()
            times.append(time.perf_counter() - began)
        return times

    return list(chain.from_iterable(await asyncio.gather(*(work() for _ in range(job.writers)))))


def threads(job: "Job", append: Callable[[], object]) -> list[float]:
    """Run the writers as threads."""
    until = time.perf_counter() + job.seconds

    def work(_: int) -> list[float]:
        times: list[float] = []
        while (began := time.perf_counter()) < until:
            append()
            times.append(time.perf_counter() - began)
        return times

    with ThreadPoolExecutor(job.writers) as executor:
        return list(chain.from_iterable(executor.map(work, range(job.writers))))


WAYS = {"group commit": group_commit, "one by one": one_by_one, "stock recorder": stock}


@dataclass(frozen=True)
class Job:
    """Whose turn it is, one of WAYS, and what there is to do."""

    who: str
    url: str
    company_id: str
    writers: int
    seconds: float


def main() -> None:
    """Do the job that comes on standard input, and say what came of it."""
    job = Job(**json.load(sys.stdin))
    with WAYS[job.who](job) as run:
        interpreter.tune()
        cpu, began = time.process_time(), time.perf_counter()
        times = run()
        load = Load.of(times, time.perf_counter() - began, time.process_time() - cpu)
    json.dump(asdict(load), sys.stdout)


if __name__ == "__main__":
    main()
