"""What every part of a run has at hand: one server, a folder, how long to take, whom to tell."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.bench.machine import ROOT
from tests.bench.rounds import Contest, Result, Section, compete


@dataclass(frozen=True)
class Size:
    """How long a run takes."""

    target: str
    rounds: int
    seconds: float
    contacts: int
    """How many are searched."""
    events: int
    """How many are rebuilt and verified."""
    rows: int
    """How many are imported."""
    requests: int
    """How many an API process has answered when its memory is looked at."""
    data: Path
    """Where the server's data lies; the contacts that are searched stay there for the next run."""
    page: Path
    """What is written; a picture and the figures of each part lie beside it."""


FULL = Size(
    "bench",
    rounds=7,
    seconds=4.0,
    contacts=1_000_000,
    events=100_000,
    rows=100_000,
    requests=100_000,
    data=ROOT / ".bench" / "full",
    page=ROOT / "docs" / "benchmarks.md",
)
QUICK = Size(
    "bench-quick",
    rounds=2,
    seconds=0.5,
    contacts=20_000,
    events=5_000,
    rows=5_000,
    requests=3_000,
    data=ROOT / ".bench" / "quick",
    page=ROOT / ".bench" / "quick.md",
)


@dataclass(frozen=True)
class Stage:
    """Where one part of a run takes place."""

    size: Size
    server_url: str
    folder: Path
    """For what contestants write; each part has one of its own."""
    tell: Callable[[str], None]

    def hold(self, contest: Contest, seconds: float | None = None) -> Result:
        """Hold a contest, with no checkpoint falling into somebody's turn."""
        self.tell(contest.title)
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        return compete(contest, self.size.rounds, seconds or self.size.seconds, self.tell)


Part = Callable[[Stage], Section]
"""Measures one kind of work and says what it came to."""
