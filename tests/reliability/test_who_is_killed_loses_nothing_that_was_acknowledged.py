"""kill -9 of the service, and the immediate end of PostgreSQL, at any moment and around COMMIT."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from tests.acceptance.conftest import Tenant
from tests.integration.embedded_servers import eventually, reachable_place
from tests.integration.proxy import Proxy, between
from tests.reliability import journal
from tests.reliability.clusters import Cluster, cluster
from tests.reliability.load import Load, under_load
from tests.reliability.moments import Kill, Moment
from tests.reliability.proofs import assert_nothing_lost
from tests.reliability.services import Service, Zygote
from tests.scale import FULL

pytestmark = [pytest.mark.scaled, pytest.mark.timeout(1_800 if FULL else 120)]

KILLS = 10 if FULL else 3
SERVICES = range(20 if FULL else 1)
DATABASES = range(5 if FULL else 1)
RECOVERY_SECONDS = 5.0
BUSY = 15.0
"""Seconds that a busy machine may take longer than promised."""


def killed(
    seed: str, proxy: Proxy, load: Load, strike: Callable[[], None], revive: Callable[[], float]
) -> dict[str, float]:
    """Kill as often as a part has kills, each time under load; say what was hit."""
    chance, hit, longest = Random(seed), Counter[str](), 0.0
    for number in range(KILLS):
        load.goes_on()
        wanted = list(Moment)[number % len(Moment)]
        happened = Kill(proxy, chance, strike).at(wanted)
        print(f"seed {seed!r}, kill {number}: {happened}")  # noqa: T201  # shown when it fails
        longest = max(longest, revive())
        hit[happened] += 1
    load.goes_on()
    return {"kills": KILLS, **hit, "longest recovery": longest}


@pytest.mark.parametrize("part", SERVICES)
def test_a_service_that_is_killed(
    part: int, forge: Zygote, database_url: str, tmp_path: Path
) -> None:
    name = "kill -9 of the service"
    journal.skip_if_done(name, part)
    with between(database_url) as proxy:
        service = Service(forge, proxy.url, tmp_path / "data")
        service.start()

        def revive() -> float:
            service.kill()
            gone = time.monotonic()
            service.start()
            return time.monotonic() - gone

        company = of(service, database_url)
        with under_load(company) as load:
            figures = killed(f"{name}/{part}", proxy, load, service.kill, revive)
        service.kill()
    told(name, part, load, database_url, figures)


def of(service: Service, database_url: str) -> Tenant:
    """Make a company; commands reach the database without the proxy."""
    company = service.company()
    company.http.close()
    company.running.database_url = database_url
    return company


def told(name: str, part: int, load: Load, url: str, figures: dict[str, float]) -> None:
    """Prove that nothing is lost, then note what was done."""
    assert_nothing_lost(load, url)
    journal.note(name, part, acknowledged=len(load.acknowledged), **figures)


@pytest.fixture
def database() -> Iterator[Cluster]:
    """A server that may be killed."""
    with reachable_place() as place, cluster(place / "data") as own:
        yield own


@pytest.mark.parametrize("part", DATABASES)
def test_a_database_that_is_killed(
    part: int, forge: Zygote, database: Cluster, tmp_path: Path
) -> None:
    name = "immediate end of PostgreSQL"
    journal.skip_if_done(name, part)
    with between(database.url) as proxy:
        service = Service(forge, proxy.url, tmp_path / "data")
        service.start()
        company = of(service, database.url)
        with under_load(company) as load:

            def revive() -> float:
                database.wait()
                database.start()
                back = time.monotonic()
                load.goes_on(RECOVERY_SECONDS + BUSY)
                return time.monotonic() - back

            figures = killed(f"{name}/{part}", proxy, load, database.quit, revive)
        assert service.alive
        assert eventually(service.ready, BUSY)
        service.kill()
    assert figures["longest recovery"] < RECOVERY_SECONDS + BUSY
    told(name, part, load, database.url, figures)
