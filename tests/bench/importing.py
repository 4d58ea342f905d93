"""A long list from its file to contacts that can be found, against COPY of the rows it made."""

import csv
import json
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from random import Random
from secrets import token_hex
from uuid import UUID

import psycopg

from api import migrations
from api.companies import register
from tests.bench import lists, report
from tests.bench.client import contact
from tests.bench.machine import ROOT, cpu_seconds, postmaster
from tests.bench.rounds import Contest, Result, Sample, Section
from tests.bench.servers import new_database
from tests.bench.stage import Stage

REACH = 0.4
HEADER = ("First name", "Last name", "E-mail", "Phone", "Tags", "Revenue band")
WHO = """\
- **contacts import**: the command, from its start to its end: a CSV is read, each row is judged,
  recorded with its history, found by the next search, and given a verdict that is kept.
- **COPY**: as for lists over HTTP, all rows in one transaction.
"""
ROUNDS = 3
"""A turn takes a minute."""


def part(stage: Stage) -> Section:
    """Import a list, and copy what that made into tables of the same kind."""
    result = contest(stage.server_url, stage.folder, stage.size.rows, ROUNDS, stage.tell)
    return report.section("Import", WHO, [result])


def contest(
    server_url: str, folder: Path, rows: int, rounds: int, tell: Callable[[str], None]
) -> Result:
    """Import a list, then copy what that made, round by round; the first round warms up."""
    held = Contest(
        f"Import of {rows:,} rows",
        "contacts",
        {"contacts import": lists.unused, "COPY": lists.unused},
        {"COPY": REACH},
    )
    tell(held.title)
    url, copy_url = (new_database(server_url, name) for name in ("imported", "copied_import"))
    for each in (url, copy_url):
        migrations.migrate(each)
    samples: dict[str, list[Sample]] = {name: [] for name in held.contestants}
    with psycopg.connect(url) as made:
        company_id = register.create(made, "Bench", "DE")
    with (
        psycopg.connect(url, autocommit=True) as made,
        psycopg.connect(copy_url, autocommit=True) as copied,
    ):
        for number in range(rounds + 1):
            size = rows if number else rows // 10
            start = lists.head(made, company_id)
            sent = imported(url, written(folder / "list.csv", size), size)
            if lists.head(made, company_id) != start + size:
                raise RuntimeError("not every row became a contact")
            loaded = copy(made, copied, company_id, start)
            if number:
                samples["contacts import"].append(sent)
                samples["COPY"].append(loaded)
                tell(f"  round {number} of {rounds}: {sent.rate:,.0f}, {loaded.rate:,.0f} a second")
    return Result(held, samples)


def written(path: Path, rows: int) -> Path:
    """Make up a list of people that nobody knows yet."""
    seed = token_hex(4)
    random = Random(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(HEADER)
        for number in range(rows):
            one = json.loads(contact(random, number, seed))
            cells = (one["firstName"], one["lastName"], one["email"], one.get("phoneNumber", ""))
            table.writerow((*cells, ", ".join(one["tags"]), one["additionalData"]["revenueBand"]))
    return path


def imported(url: str, file: Path, rows: int) -> Sample:
    """Run the command on a file of so many rows."""
    command = [sys.executable, "-m", "api.cli", "import", str(file)]
    server = postmaster(url)
    before, began = cpu_seconds(server), time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if child.returncode:
        raise RuntimeError(f"the import ended with {child.returncode}")
    cpu = {"server": usage.ru_utime + usage.ru_stime, "PostgreSQL": cpu_seconds(server) - before}
    return sample(rows, seconds, cpu)


def copy(
    made: psycopg.Connection, copied: psycopg.Connection, company_id: UUID, start: int
) -> Sample:
    """Copy the rows that an import made, in one transaction."""
    size = lists.head(made, company_id) - start
    pieces = deque(lists.rows(made, company_id, start, size))
    server = copied.info.backend_pid
    before, began = cpu_seconds(server), time.perf_counter()
    lists.load(copied, pieces)
    seconds = time.perf_counter() - began
    return sample(size, seconds, {"server": 0.0, "PostgreSQL": cpu_seconds(server) - before})


def sample(count: int, seconds: float, cpu: dict[str, float]) -> Sample:
    """Describe a turn, which is one list."""
    return Sample(count, seconds, 0, 1000 * seconds, 1000 * seconds, cpu)
