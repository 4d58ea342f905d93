"""Mixed load at a steady rate: memory, connections and answer times stay where they are."""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

import psycopg
import pytest

from tests.reliability import journal
from tests.reliability.services import Service, Zygote
from tests.reliability.traffic import Traffic
from tests.scale import FULL

SECONDS = float(os.environ.get("CONTACTS_TEST_SECONDS", "3600" if FULL else "4"))
RATE = 20.0
WARM_UP = 1 / 6
"""Part of the time after which caches are full, and the first comparison begins."""

SAMPLES = 120
GROWTH = 1.05 if FULL else 1.5
SLOWER = 2.0 if FULL else 20.0
"""How much slower the last third may be; other work on the same machine shows here as well."""

MOST_CONNECTIONS = 2 * 8 + 6
"""What docs/operations.md promises of a process with pools of the usual size."""

CONNECTIONS = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name LIKE 'contacts%'"
)

pytestmark = [pytest.mark.scaled, pytest.mark.timeout(SECONDS + 600)]


@dataclass
class Watch:
    """What was measured of a service while it worked."""

    service: Service
    database: psycopg.Connection[tuple[int]]
    began: float = field(default_factory=time.monotonic)
    memory: list[int] = field(default_factory=list)
    """Resident kilobytes."""

    connections: list[int] = field(default_factory=list)

    def look(self) -> None:
        """Wait for the next moment to measure, then do."""
        time.sleep(SECONDS / SAMPLES)
        [[connections]] = self.database.execute(CONNECTIONS).fetchall()
        self.connections.append(connections)
        status = Path(f"/proc/{self.service.pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
        self.memory.append(int(line.split()[1]))

    def thirds(self, values: list[int]) -> tuple[float, float]:
        """Return the medians of the first and the last third after the warm-up."""
        warm = values[int(len(values) * WARM_UP) :]
        third = len(warm) // 3
        return median(warm[:third]), median(warm[-third:])


def took(traffic: Traffic, since: float, until: float) -> tuple[float, float]:
    """Return within how many ms half, and 99 of 100, of the calls of a time were answered."""
    parts = quantiles([took for due, took in traffic.answers if since <= due < until], n=100)
    return parts[49] * 1000, parts[-1] * 1000


def test_memory_connections_and_answer_times_stay(
    forge: Zygote, database_url: str, tmp_path: Path
) -> None:
    journal.skip_if_done("mixed load", 0)
    service = Service(forge, database_url, tmp_path / "data")
    service.start()
    company = service.company()
    company.http.close()
    traffic = Traffic(company, RATE)
    with psycopg.connect(database_url, autocommit=True) as database:
        watch = Watch(service, database)
        traffic.run(SECONDS, watch.look)
    service.kill()
    (before, after), third = watch.thirds(watch.memory), SECONDS * (1 - WARM_UP) / 3
    warm, end = watch.began + SECONDS * WARM_UP, watch.began + SECONDS
    (p50, p99), (late_p50, late_p99) = (
        took(traffic, since, since + third) for since in (warm, end - third)
    )
    fewer, more = watch.thirds(watch.connections)
    figures = {
        "seconds": SECONDS,
        "calls": len(traffic.answers),
        "MB before": before / 1024,
        "MB after": after / 1024,
        "median before, ms": p50,
        "median after, ms": late_p50,
        "p99 before, ms": p99,
        "p99 after, ms": late_p99,
        "connections before": fewer,
        "connections after": more,
        "most connections": max(watch.connections),
    }
    print(figures)  # noqa: T201  # shown when it fails
    assert traffic.statuses == {200, 201}
    assert len(traffic.answers) > SECONDS * RATE * 0.9
    assert after < before * GROWTH
    assert late_p50 < p50 * SLOWER
    assert late_p99 < p99 * SLOWER
    assert abs(more - fewer) <= 1, watch.connections
    assert max(watch.connections) <= MOST_CONNECTIONS, watch.connections
    journal.note("mixed load", 0, **figures)
