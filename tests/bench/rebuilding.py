"""Rebuilding the read model: ours against the library's ProjectionRunner, and its memory."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import median

import psycopg

from api import migrations
from api.companies import register
from api.demo_data.load import Plan, load
from tests.bench.contestants import runner
from tests.bench.machine import ROOT
from tests.bench.report import table
from tests.bench.rounds import Ratio, Section, Spread
from tests.bench.servers import new_database
from tests.bench.stage import Stage

CONTACTS_OF_TEN_EVENTS = 4
RUNNER_SECONDS = 10.0
JOBS = 2
REACH = 40.0
WHO = """\
- **contacts projections rebuild**: the command, from its start to the switch, with indexes, VACUUM
  ANALYZE and the comparison with the live rows.
- **ProjectionRunner**: the eventsourcing library's own, with the same folds, a transaction an
  event, as far as it comes in ten seconds.
"""


@dataclass(frozen=True)
class Result:
    """Events a second, round by round, and the largest process of a rebuild by size of the log."""

    ours: Sequence[float]
    library: Sequence[float]
    megabytes: dict[int, float]

    @property
    def ratios(self) -> list[float]:
        """How many times as fast, round by round."""
        return [ours / theirs for ours, theirs in zip(self.ours, self.library, strict=True)]

    def rows(self) -> list[tuple[str, ...]]:
        """Return the results as lines of a table."""
        sizes = [(f"memory at {n:,} events, MB", f"{mb:.0f}") for n, mb in self.megabytes.items()]
        return [
            ("contacts projections rebuild, events a second", spread(self.ours, ",.0f")),
            ("ProjectionRunner of the library, events a second", spread(self.library, ",.0f")),
            *sizes,
        ]


def spread(values: Sequence[float], form: str) -> str:
    """Show the median with the lowest and the highest round."""
    return f"{median(values):{form}} ({min(values):{form}} – {max(values):{form}})"


def measure(server_url: str, events: int, rounds: int) -> Result:
    """Let both project the same log in turn; the library as far as it comes in ten seconds."""
    sizes = [max(events // 10, 100), events]
    urls = [filled(server_url, f"rebuild_{size}", size) for size in sizes]
    megabytes = {}
    for size, url in zip(sizes, urls, strict=True):  # the smaller first: only a peak is known
        rebuild(url)
        megabytes[size] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    theirs = filled(server_url, f"runner_{events}", events)
    runner.copy_events(theirs)
    ours: list[float] = []
    library: list[float] = []
    for _ in range(rounds):
        ours.append(rebuild(urls[-1]))
        library.append(runner.run(theirs, RUNNER_SECONDS))
    return Result(ours, library, megabytes)


def filled(server_url: str, name: str, events: int) -> str:
    """Make a database with so many events of one company."""
    url = new_database(server_url, name)
    migrations.migrate(url)
    with psycopg.connect(url, autocommit=True) as connection:
        company_id = register.create(connection, "Bench", "DE")
        plan = Plan(1, events * CONTACTS_OF_TEN_EVENTS // 10, events)
        load(connection, company_id, plan, Random(1), lambda _: None)
        connection.execute("VACUUM ANALYZE")
    return url


def rebuild(url: str) -> float:
    """Rebuild as an operator does, from the command to the switch; returns the events a second."""
    command = [sys.executable, "-m", "api.cli", "projections", "rebuild"]
    done = subprocess.run(
        [*command, "--jobs", str(JOBS), "--json"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    report = json.loads(done.stdout)
    return float(report["events"] / report["seconds"])


def section(server_url: str, events: int, rounds: int) -> Section:
    """Measure, and say what it came to."""
    result = measure(server_url, events, rounds)
    shared = Ratio(
        f"Rebuild of {events:,} events", "ProjectionRunner", Spread.of(result.ratios), REACH
    )
    return Section([shared], f"## Rebuilding\n\n{WHO}\n{table(('', ''), result.rows())}")


def part(stage: Stage) -> Section:
    """Rebuild; each round is as long as the log, so that three of them are enough."""
    stage.tell(f"Rebuild of {stage.size.events:,} events")
    return section(stage.server_url, stage.size.events, min(3, stage.size.rounds))
