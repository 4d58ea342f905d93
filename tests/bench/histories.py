"""Long histories: reading them against a SELECT of the same rows, and writing to their contacts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from random import Random
from secrets import token_hex
from statistics import median
from time import perf_counter, process_time
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row
from pydantic_core import from_json, to_json

from api.database import editing
from api.demo_data.histories import history
from api.demo_data.load import append
from api.demo_data.people import person
from api.history import past, telling
from api.history.instants import resolve
from tests.bench.client import Load
from tests.bench.machine import cpu_seconds, postmaster
from tests.bench.report import table
from tests.bench.rounds import Contest, Measure, Ratio, Result, Sample, Section, Spread
from tests.bench.servers import Server, company_id, migrated, serving
from tests.bench.stage import Stage

SIZES = (10, 1_000, 10_000)
FEW, MANY = SIZES[0], SIZES[-1]
OTHERS = 100
"""Contacts with few events that are written to, so that none of them gets many."""
A_PAGE = 100
TURN_SECONDS = 0.5
REACH_READING, REACH_WRITING = 3.0, 1.5

ROWS = """
    SELECT position, version, topic, state, recorded_at, actor, source, request_id FROM log.event
    WHERE company_id = %s AND contact_id = %s AND version <= %s ORDER BY version
"""
ALL = 2**31 - 1
LENGTHS = "SELECT count(*), contact_id FROM log.event GROUP BY contact_id"
WHO = """\
One contact with so many made-up events: bookings, moves, absences, edits, tags, forms, consents.
One connection, in the process that asks; what is answered is made into JSON.

- **the whole history**: who, when, in words, as data, and old and new of every field; `first page`
  is what `GET /crm/{id}/history` answers first, 100 events.
- **as of now**: the contact, its appointments and forms, folded from all its events.
- **SELECT**: the same events as they are stored, all columns, the data parsed.
"""
WRITING = """\
Changing a field over HTTP, one client, again and again: of the contact with 10,000 events, and of
100 contacts with 10, in turn.
"""


@dataclass(frozen=True)
class Reader:
    """Who reads the histories of one company, and the contacts by how many events they have."""

    connection: psycopg.Connection[Any]
    company_id: UUID
    contacts: Mapping[int, UUID]

    def select(self, events: int, upto: int = ALL) -> bytes:
        """Read the rows as they are stored."""
        with self.connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            cursor.execute(ROWS, (self.company_id, self.contacts[events], upto))
            return to_json([(*row[:3], from_json(row[3]), *row[4:]) for row in cursor.fetchall()])

    def history(self, events: int, limit: int | None = None) -> bytes:
        """Tell what happened."""
        contact_id = self.contacts[events]
        return to_json(telling.history(self.connection, self.company_id, contact_id, 0, limit))

    def as_of_now(self, events: int) -> bytes:
        """Show the contact as it is, by folding its events."""
        now = resolve(self.connection, self.company_id, None, "asOf")
        contact_id = self.contacts[events]
        return to_json(past.details_at(self.connection, self.company_id, contact_id, now))


def part(stage: Stage) -> Section:
    """Read histories of several lengths, then write to the longest."""
    url = migrated(stage.server_url, "histories")
    with (
        serving(url, stage.folder / "histories") as service,
        editing(url) as connection,
    ):
        connection.autocommit = True
        company = company_id(connection)
        contacts = filled(connection, company)
        reader = Reader(connection, company, {size: ids[0] for size, ids in contacts.items()})
        read = [compared(stage, *contest) for contest in readings(reader, postmaster(url))]
        written = writing(stage, service, contacts)
    return section(read, written)


def filled(connection: psycopg.Connection[Any], company: UUID) -> dict[int, list[UUID]]:
    """Make contacts with so many events each; returns them by that."""
    random = Random(1)
    for size in (*SIZES, *([FEW] * (OTHERS - 1))):
        who = person(random, random.randrange(10**9))
        story = history(random, who, [company], size)  # one more would be the last, perhaps Deleted
        append(connection, company, iter([list(islice(story, size))]))
    connection.execute("VACUUM ANALYZE")
    found: dict[int, list[UUID]] = {size: [] for size in SIZES}
    for size, contact_id in connection.execute(LENGTHS):
        found[size].append(contact_id)
    return found


def readings(reader: Reader, server: int) -> list[tuple[str, Measure, Measure]]:
    """Return what is read, ours and the rows behind it, for each length."""
    made: list[tuple[str, Callable[[], bytes], Callable[[], bytes]]] = []
    for size in SIZES:
        rows = partial(reader.select, size)
        made += [
            (f"the whole history of {size:,} events", partial(reader.history, size), rows),
            (f"as of now, {size:,} events", partial(reader.as_of_now, size), rows),
        ]
    page = partial(reader.select, MANY, A_PAGE)
    made.append((f"first page of {MANY:,} events", partial(reader.history, MANY, A_PAGE), page))
    return [(what, repeated(ours, server), repeated(rows, server)) for what, ours, rows in made]


def repeated(work: Callable[[], object], server: int) -> Measure:
    """Return what does the work again and again for so many seconds, at least once."""

    def turn(seconds: float) -> Sample:
        times: list[float] = []
        cpu, began = (process_time(), cpu_seconds(server)), perf_counter()
        while not times or perf_counter() < began + seconds:
            start = perf_counter()
            work()
            times.append(perf_counter() - start)
        took, used = perf_counter() - began, process_time() - cpu[0]
        load = Load.of(times, took, used)
        both = {"reader": used, "PostgreSQL": cpu_seconds(server) - cpu[1]}
        return Sample(load.done, took, 0, load.p50, load.p95, both)

    return turn


def compared(stage: Stage, what: str, ours: Measure, rows: Measure) -> Result:
    """Let both take turns."""
    contest = Contest(what, "reads", {"contacts": ours, "SELECT": rows}, {})
    return stage.hold(contest, min(TURN_SECONDS, stage.size.seconds))


def writing(stage: Stage, service: Server, contacts: Mapping[int, Sequence[UUID]]) -> Result:
    """Write to the contact with many events, and to those with few."""

    def turn(who: Sequence[UUID]) -> Measure:
        return lambda _: service.answer_all(1, [noting(service, contact_id) for contact_id in who])

    many = [contacts[MANY][0]] * OTHERS
    sides = {f"{MANY:,} events": turn(many), f"{FEW} events": turn(contacts[FEW])}
    return stage.hold(Contest("a write to a contact", "writes", sides, {}))


def noting(service: Server, contact_id: UUID) -> str:
    """Return a request that changes a contact, whatever was asked before."""
    body = to_json({"notes": token_hex(8)}).decode()
    about = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    head = f"PATCH /crm/{contact_id} HTTP/1.1\r\nHost: 127.0.0.1\r\n{service.headers[0]}{about}"
    return f"{head}\r\n{body}"


def section(read: Sequence[Result], written: Result) -> Section:
    """Say what it came to."""
    ratios = [cost(result, REACH_READING) for result in read]
    ratios.append(cost(written, REACH_WRITING))
    text = (
        f"## Histories\n\n{WHO}\n{table(HEAD, [line(result) for result in read])}\n"
        f"{WRITING}\n{table(('', *written.samples), [('p50 ms', *p50s(written))])}"
    )
    return Section(ratios, text)


HEAD = ("p50 ms", "contacts", "SELECT", "contacts CPU ms", "SELECT CPU ms")


def line(result: Result) -> tuple[str, ...]:
    """Return latencies and CPU of both sides, over all processes."""
    used = (
        median(1000 * sum(one.cpu.values()) / one.count for one in samples)
        for samples in result.samples.values()
    )
    return result.contest.title, *p50s(result), *(f"{cpu:.2f}" for cpu in used)


def p50s(result: Result) -> list[str]:
    """Return the median latency of each side."""
    return [f"{median(one.p50 for one in samples):.2f}" for samples in result.samples.values()]


def cost(result: Result, reach: float) -> Ratio:
    """Compare the latencies round by round; the second side is what it shall not exceed by far."""
    (_, ones), (other, others) = result.samples.items()
    pairs = zip(ones, others, strict=True)
    spread = Spread.of([one.p50 / two.p50 for one, two in pairs])
    title = result.contest.title
    return Ratio(f"{title[0].upper()}{title[1:]}, p50", other, spread, reach, cost=True)
