"""`make bench`: all that is measured, in one run on one PostgreSQL, into docs/benchmarks.md."""

import argparse
import signal
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg

from api import migrations
from api.embedded import EmbeddedServer
from tests.bench import contests, importing, lists, rebuilding, report, searching, verifying
from tests.bench.machine import ROOT, Unsafe, facts
from tests.bench.rounds import Contest, Result, Section, compete
from tests.bench.servers import Server, by_hand, database, empty, new_database, ours, stock

PAGE = ROOT / "docs" / "benchmarks.md"


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
    data: Path
    """Where the server's data lies; the contacts that are searched stay there for the next run."""


FULL = Size("bench", 7, 4.0, 1_000_000, 100_000, 100_000, ROOT / ".bench" / "full")
QUICK = Size("bench-quick", 3, 2.0, 20_000, 5_000, 5_000, ROOT / ".bench" / "quick")


def main() -> None:
    """Measure, show progress, write the page; Ctrl-C ends everything that was started."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two minutes, wider spread")
    size = QUICK if parser.parse_args().quick else FULL
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with tempfile.TemporaryDirectory(prefix="contacts-bench-") as folder:
            measure(size, Path(folder))
    except Unsafe as refused:
        sys.exit(str(refused))
    except KeyboardInterrupt:
        sys.exit("interrupted; nothing was written")


def measure(size: Size, folder: Path) -> None:
    """Start the server, then one kind of work after the other."""
    folder.chmod(0o711)  # PostgreSQL may run as another user
    size.data.parent.mkdir(exist_ok=True)
    with EmbeddedServer(size.data) as server:
        known = facts(server.url)
        tell("".join(f"{name} {value}; " for name, value in known.items()))
        searched = searching.section(server.url, size.data, size.contacts, tell)
        with ExitStack() as running:
            enter = running.enter_context
            service = enter(ours(server.url, folder))
            ceiling = reached(enter(empty(server.url, folder)), size.seconds)
            copied = new_database(server.url, "copied")
            migrations.migrate(copied)
            others = enter(stock(server.url, folder)), enter(by_hand(server.url, folder))
            created = creating(service, others, size, server.url)
            tell(lists.TITLE)
            sent = lists.bulk(service, database(server.url, "ours"), copied, size.rounds, tell)
        long = importing.contest(server.url, folder, size.rows, 3, tell)
        tell(f"Rebuild of {size.events:,} events")
        rebuilt = rebuilding.section(server.url, size.events, rounds=3)
    tell(f"Verify {size.events:,} events")
    sections = [
        created,
        report.section("Lists", lists.WHO + importing.WHO, [sent, long]),
        searched,
        rebuilt,
        verifying.section(size.events),
    ]
    report.write(PAGE, report.Run(size.target, size.seconds, known, ceiling), sections)
    ratios = [ratio for section in sections for ratio in section.ratios]
    tell(f"\n{report.comparison(ratios)}\nwritten to {PAGE.relative_to(ROOT)}")


def creating(
    service: Server, others: tuple[Server, Server], size: Size, server_url: str
) -> Section:
    """Create contacts with few and many clients, in one and in many companies."""
    results = [
        run(
            contests.creates(service, *others, clients=clients, companies=companies),
            size,
            server_url,
        )
        for clients, companies in ((16, 1), (64, 1), (16, 50))
    ]
    return report.section("Creating contacts", contests.CREATE_WHO, results)


def reached(server: Server, seconds: float) -> str:
    """Say what the load generator can do, to show that it is not what is measured."""
    server.load(16, 1, 1.0)
    sample = server.load(16, 1, seconds)
    busy = sample.cpu["client"] / sample.count
    text = (
        f"The load generator uses {busy * 1e6:.0f} µs of CPU a request, so one core would send "
        f"{1 / busy:,.0f} a second; against an endpoint that keeps nothing (same server settings) "
        f"it did {sample.rate:,.0f} a second with 16 clients.\n"
    )
    tell(text)
    return text


def run(contest: Contest, size: Size, server_url: str) -> Result:
    """Hold one contest, with no checkpoint falling into somebody's turn."""
    tell(contest.title)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    return compete(contest, size.rounds, size.seconds, tell)


def tell(text: str) -> None:
    """Show progress."""
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
