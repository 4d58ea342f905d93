"""What a search costs while others write."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from statistics import median

import psycopg

from tests.bench.client import Job
from tests.bench.growing import Grown, each, grown, settle
from tests.bench.machine import ROOT
from tests.bench.report import table
from tests.bench.rounds import Ratio, Section, Spread
from tests.bench.servers import FOR_EVER
from tests.bench.stage import Stage

WRITERS = 8
MOST_WRITTEN = 30_000
REACH = 1.5
WHO = """\
The same questions over HTTP among {contacts:,} contacts, one after the other, first with nobody
else there, then while {writers} clients create contacts in the largest company without a pause,
through the same process. Two cores carry both.
"""


def part(stage: Stage) -> Section:
    """Search with nobody else there, and while others write, round by round."""
    size = stage.size
    with grown(stage, size.contacts) as (service, url):
        settle(stage)
        service.search()
        idle, busy, written = [], [], []
        for number in range(size.rounds):
            idle.append(service.search())
            with writing(service, url) as rates:
                busy.append(service.search())
            written += rates
            stage.tell(
                f"  round {number + 1} of {size.rounds}: p95 {idle[-1].p95:.1f} ms, "
                f"{busy[-1].p95:.1f} ms beside {written[-1]:,.0f} creates a second"
            )
    ratio = Ratio(
        f"Search, p95, while {WRITERS} clients write",
        "while nobody does",
        Spread.of(each(busy, idle, "p95")),
        REACH,
        cost=True,
    )
    rows = [
        (name, *(f"{median(getattr(s, f) for s in samples):.1f}" for f in ("p50", "p95")))
        for name, samples in (("with nobody else", idle), (f"beside {WRITERS} writers", busy))
    ]
    how = WHO.format(contacts=size.contacts, writers=WRITERS)
    rate = f"Meanwhile {median(written):,.0f} contacts a second were created.\n"
    shown = table(("milliseconds", "p50", "p95"), rows)
    return Section([ratio], f"## Searching while others write\n\n{how}\n{shown}\n{rate}")


@contextmanager
def writing(service: Grown, url: str) -> Iterator[list[float]]:
    """Have contacts created as long as the block runs; in the end it gives how many a second."""
    job = service.server.job(WRITERS, FOR_EVER, headers=[service.callers.largest])
    rates: list[float] = []
    with psycopg.connect(url, autocommit=True) as connection:
        before = events(connection)
        with loading(replace(job, most=MOST_WRITTEN)) as client:
            while events(connection) == before and client.poll() is None:
                time.sleep(0.05)
            start, began = events(connection), time.perf_counter()
            yield rates
            rates.append((events(connection) - start) / (time.perf_counter() - began))


@contextmanager
def loading(job: Job) -> Iterator[subprocess.Popen[str]]:
    """Run the load generator, and end it whether it is done or not."""
    command = [sys.executable, "-m", "tests.bench.client"]
    with tempfile.TemporaryFile("w+") as told:
        json.dump(asdict(job), told)
        told.seek(0)
        client = subprocess.Popen(
            command, stdin=told, stdout=subprocess.DEVNULL, cwd=ROOT, text=True
        )
    try:
        yield client
    finally:
        client.kill()
        client.wait()


def events(connection: psycopg.Connection[tuple[int]]) -> int:
    """Count all events there are."""
    query = "SELECT coalesce(sum(position), 0)::bigint FROM log.company_log"
    return connection.execute(query).fetchall()[0][0]
