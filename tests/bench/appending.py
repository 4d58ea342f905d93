"""Appending alone, with few and many writers: our log, the library's recorder, and pgbench."""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

import psycopg

from api.companies import register
from api.embedded.binaries import pg_binary
from domain.eventlog.batch import APPEND_ALL
from tests.bench import report
from tests.bench.client import Load
from tests.bench.contestants.appending import META, STATE, TOPIC, Job
from tests.bench.machine import ROOT, cpu_seconds, postmaster
from tests.bench.rounds import Contest, Result, Sample, Section
from tests.bench.servers import migrated, new_database
from tests.bench.stage import Stage

WRITERS = (1, 8, 32)
REACH = {"stock recorder": 5.0, "pgbench": 0.8}
WHO = """\
Each writer has one event to store, and the next one when that is confirmed; all in one company.
Nothing is decided and no row is written, but all is numbered, chained and on disk.

- **group commit**: what a caller of the service gets: the writer's queue and thread, whose batch is
  what waits, and the statements of a batch: heads, append, COMMIT. Writers are tasks.
- **one by one**: the log behind the interface of the library's recorders: `insert_events`, a
  transaction an event, a thread and a connection for each writer. Audits and tests use it so.
- **stock recorder**: `insert_events` of the eventsourcing library's PostgreSQL recorder as it is by
  default, a thread and a connection for each writer. It numbers, but does not chain.
- **pgbench**: the statements of group commit in a script, `-M prepared`, pipelined as ours are; one
  client, whose transaction always has as many events as there are writers. It is written in C,
  makes no event, and never waits for one.

With one writer each event waits for a flush of its own, whoever stores it, so that nobody can be
much faster than another.
"""

NEW_IDS = "replace(:events::text, '00000000-', lpad(to_hex(:n::bigint), 8, '0') || '-')"
"""What is new in each transaction: the beginning of the ids of its contacts."""

# the script is made of constants
SCRIPT = f"""
\\set n :n + 1
\\startpipeline
BEGIN;
SELECT company_id, position, greatest(recorded_at, clock_timestamp())
    FROM log.take_heads(ARRAY[:company::uuid], false);
\\endpipeline
\\startpipeline
{APPEND_ALL.strip().replace("%s", NEW_IDS)};
COMMIT;
\\endpipeline
"""
APART = 1_000_000
"""More transactions than a turn has."""


@dataclass(frozen=True)
class Ground:
    """A database to append to."""

    url: str
    company_id: str
    postmaster: int
    starts: Iterator[int] = field(default_factory=partial(count, 0, APART))

    def sample(self, load: Load, before: float) -> Sample:
        """Add what PostgreSQL used."""
        used = cpu_seconds(self.postmaster) - before
        figures = (load.done, load.seconds, load.refused, load.p50, load.p95)
        return Sample(*figures, cpu={"writers": load.cpu, "PostgreSQL": used})


def part(stage: Stage) -> Section:
    """Let everybody append with each number of writers."""
    service, other = (ground(stage.server_url, name) for name in ("appended", "pgbench"))
    library = Ground(new_database(stage.server_url, "stored"), "", service.postmaster)
    results = [contest(stage, service, library, other, writers) for writers in WRITERS]
    return report.section("Appending alone", WHO, results)


def ground(server_url: str, name: str) -> Ground:
    """Make a database with the tables of the service and one company."""
    url = migrated(server_url, name)
    with psycopg.connect(url) as connection:
        company_id = register.create(connection, "Bench", "DE")
    return Ground(url, str(company_id), postmaster(url))


def contest(stage: Stage, service: Ground, library: Ground, other: Ground, writers: int) -> Result:
    """Hold the contest for so many writers, in shorter turns: every one is a steady state."""
    return stage.hold(
        Contest(
            title=f"Append alone, {writers} writer{'s' if writers > 1 else ''}",
            unit="events",
            contestants={
                "group commit": partial(process, "group commit", service, writers),
                "stock recorder": partial(process, "stock recorder", library, writers),
                "pgbench": partial(pgbench, other, writers, stage.folder),
                "one by one": partial(process, "one by one", service, writers),
            },
            reach=REACH,
        ),
        stage.size.seconds / 2,
    )


def process(who: str, place: Ground, writers: int, seconds: float) -> Sample:
    """Let a process append."""
    before = cpu_seconds(place.postmaster)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.contestants.appending"],
        input=json.dumps(asdict(Job(who, place.url, place.company_id, writers, seconds))),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
        check=True,
    )
    return place.sample(Load(**json.loads(done.stdout)), before)


def pgbench(place: Ground, writers: int, folder: Path, seconds: float) -> Sample:
    """Let pgbench append as many events in a transaction as there are writers."""
    script, log = folder / "append.sql", folder / "pgbench"
    script.write_text(SCRIPT)
    given = {
        "company": place.company_id,
        "events": json.dumps([event(place, number) for number in range(writers)]),
        "n": str(next(place.starts)),
    }
    defined = [word for name, value in given.items() for word in ("-D", f"{name}={value}")]
    options = ("-n", "-M", "prepared", "-T", f"{max(1, round(seconds))}", "-f", script)
    before, cpu = cpu_seconds(place.postmaster), children()
    done = subprocess.run(
        [pg_binary("pgbench"), *options, "-l", "--log-prefix", log, *defined, place.url],
        capture_output=True,
        text=True,
        check=True,
    )
    cpu = children() - cpu
    [written] = folder.glob("pgbench.*")
    times = [int(line.split()[2]) / 1e6 for line in written.read_text().splitlines()]
    written.unlink()
    rate = float(done.stdout.partition("tps = ")[2].split()[0])  # without the time to connect
    return place.sample(Load.of(times * writers, len(times) / rate, cpu), before)


def event(place: Ground, number: int) -> dict[str, object]:
    """Return an event as APPEND_ALL takes it."""
    return {
        "company_id": place.company_id,
        "at": None,
        "nth": number,
        "contact_id": f"00000000-{number:04x}-7000-8000-000000000000",
        "version": 1,
        "topic": TOPIC,
        "state": STATE.decode(),
        "actor": META.actor,
        "source": META.source,
        "request_id": META.request_id,
    }


def children() -> float:
    """Return the CPU seconds of processes that were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
