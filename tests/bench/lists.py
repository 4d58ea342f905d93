"""Lists of a thousand contacts: sent to the service, against COPY of the rows that this made."""

import http.client
import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from random import Random
from secrets import token_hex
from statistics import quantiles
from uuid import UUID

import psycopg

from api import migrations
from tests.bench import report
from tests.bench.client import contact
from tests.bench.machine import cpu_seconds
from tests.bench.rounds import Contest, Result, Sample, Section
from tests.bench.servers import Server, database, new_database, ours
from tests.bench.stage import Stage

ROWS = 1_000
TITLE = "Bulk of 1,000 over HTTP"
REACH = 0.3
WHO = """\
- **contacts serve**: `POST /crm/bulk`, one list after the other, with a verdict for each row.
- **COPY**: the very rows that this made in `log.event` and `read.contact`, copied in binary form
  into the same tables with the same indexes and triggers, one transaction a list. Nobody can be
  faster: nothing is parsed, decided, numbered, chained or folded.
"""

COMPANY = "SELECT company_id FROM edge.company WHERE name = 'Company 0'"
HEAD = "SELECT position FROM log.company_log WHERE company_id = %s"
EVENTS = "SELECT * FROM log.event WHERE company_id = '{}' AND position > {} AND position <= {}"
CONTACTS = """
    SELECT r.* FROM read.contact r JOIN log.event e USING (company_id, contact_id)
    WHERE e.company_id = '{}' AND e.position > {} AND e.position <= {} AND e.version = 1
"""
TABLES = {"log.event": EVENTS, "read.contact": CONTACTS}

Rows = dict[str, bytes]
"""What COPY takes, by table."""


@dataclass(frozen=True)
class Turn:
    """Does a piece of work again and again, and tells how often and how long each took."""

    server: Server
    """Whose CPU is looked at."""

    def take(self, work: Callable[[], bool]) -> Sample:
        """Go on while `work` says so; each time is a list."""
        before = cpu_seconds(self.server.process), cpu_seconds(self.server.postmaster)
        took: list[float] = []
        began = last = time.perf_counter()
        going = True
        while going:
            going = work()
            took.append(1000 * (time.perf_counter() - last))
            last = time.perf_counter()
        after = cpu_seconds(self.server.process), cpu_seconds(self.server.postmaster)
        return Sample(
            count=ROWS * len(took),
            seconds=last - began,
            refused=0,
            p50=quantiles(took * 2, n=2)[0],
            p95=quantiles(took * 2, n=20)[-1],
            cpu={"server": after[0] - before[0], "PostgreSQL": after[1] - before[1]},
        )


def part(stage: Stage) -> Section:
    """Send lists to the service, and copy what they made into tables of the same kind."""
    stage.tell(TITLE)
    copied = new_database(stage.server_url, "copied")
    migrations.migrate(copied)
    with ours(stage.server_url, stage.folder) as service:
        made = database(stage.server_url, "ours")
        sent = bulk(service, made, copied, stage.size.rounds, stage.tell)
    return report.section("Lists", WHO, [sent])


def bulk(
    service: Server, service_url: str, copy_url: str, rounds: int, tell: Callable[[str], None]
) -> Result:
    """Send five lists, then copy what they made, round by round."""
    contest = Contest(TITLE, "contacts", {service.name: unused, "COPY": unused}, {"COPY": REACH})
    samples: dict[str, list[Sample]] = {name: [] for name in contest.contestants}
    with (
        psycopg.connect(service_url, autocommit=True) as made,
        psycopg.connect(copy_url, autocommit=True) as copied,
    ):
        [(company_id,)] = made.execute(COMPANY).fetchall()
        for number in range(rounds + 1):  # the first one warms up
            lists = deque(people() for _ in range(5))
            start = head(made, company_id)
            sent = Turn(service).take(partial(send, service, lists))
            pieces = deque(rows(made, company_id, start))
            loaded = Turn(service).take(partial(load, copied, pieces))
            if number:
                samples[service.name].append(sent)
                samples["COPY"].append(loaded)
                tell(f"  round {number} of {rounds}: {sent.rate:,.0f}, {loaded.rate:,.0f} a second")
    return Result(contest, samples)


def unused(_: float) -> Sample:
    """Refuse: here a turn has a number of lists, not a time."""
    raise NotImplementedError


def people() -> bytes:
    """Make up a list."""
    seed = token_hex(4)
    random = Random(seed)
    return json.dumps(
        {"contacts": [json.loads(contact(random, number, seed)) for number in range(ROWS)]}
    ).encode()


def send(service: Server, lists: deque[bytes]) -> bool:
    """Send the next list; False when it was the last."""
    name, _, value = service.headers[0].strip().partition(": ")
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    headers = {name: value, "Content-Type": "application/json"}
    connection.request("POST", "/crm/bulk", lists.popleft(), headers)
    answer = connection.getresponse()
    content = json.loads(answer.read())
    connection.close()
    if content.get("created") != ROWS:
        raise RuntimeError(f"the service answered {answer.status}: {str(content)[:200]}")
    return bool(lists)


def head(connection: psycopg.Connection, company_id: UUID) -> int:
    """Return the company's last position."""
    [(position,)] = connection.execute(HEAD, (company_id,)).fetchall()
    return int(position)


def rows(
    connection: psycopg.Connection, company_id: UUID, start: int, size: int = ROWS
) -> Iterator[Rows]:
    """Take out the rows that lists made, a list after the other; each row is one event."""
    for first in range(start, head(connection, company_id), size):
        yield {
            table: taken(connection, query.format(company_id, first, first + size))
            for table, query in TABLES.items()
        }


def taken(connection: psycopg.Connection, query: str) -> bytes:
    """Return what a query finds, as COPY takes it."""
    with connection.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as copy:
        return b"".join(copy)


def load(connection: psycopg.Connection, pieces: deque[Rows]) -> bool:
    """Copy the next list; False when it was the last."""
    with connection.transaction():
        for table, data in pieces.popleft().items():
            with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
                copy.write(data)
    return bool(pieces)
