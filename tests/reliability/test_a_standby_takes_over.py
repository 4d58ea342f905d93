"""Two PostgreSQL with synchronous replication: one dies or hangs, the service goes on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from tests.integration.embedded_servers import copy_used, reachable_place
from tests.reliability import journal
from tests.reliability.clusters import HOST, Cluster
from tests.reliability.load import Load, under_load
from tests.reliability.proofs import assert_nothing_lost
from tests.reliability.services import Service, Zygote
from tests.scale import FULL

pytestmark = [pytest.mark.scaled, pytest.mark.timeout(600 if FULL else 120)]

PARTS = range(5 if FULL else 1)
TAKEN_OVER_SECONDS = 30.0
RECOVERY_SECONDS = 5.0
BUSY = 15.0
"""Seconds that a busy machine may take longer than promised."""

SHORT = {
    "api.database.ANSWER_SECONDS": 1.0,
    "api.writer.BUSY_AFTER_SECONDS": 1.0,
    "domain.application.contacts.PATIENCE_SECONDS": 0.5,
}
BOUND_SECONDS = 20.0 if FULL else 1.5
"""How long a COMMIT is waited for, and then for whoever can tell what became of it."""


@dataclass
class Pair:
    """A primary, its synchronous standby, and a service that knows of both."""

    primary: Cluster
    standby: Cluster
    service: Service

    def take_over(self) -> None:
        """Kill the primary and promote the standby."""
        self.primary.quit()
        self.primary.wait()
        self.standby.promote()


@contextmanager
def paired(place: Path, forge: Zygote) -> Iterator[Pair]:
    """Start all three."""
    primary = Cluster(copy_used(place / "one"), synchronous_standby_names="standby")
    standby = primary.followed_by(place / "two", "standby")
    try:
        primary.start()
        standby.start()
        either = make_conninfo(
            primary.url,
            host=f"{HOST},{HOST}",
            port=f"{primary.port},{standby.port}",
            target_session_attrs="read-write",
        )
        constants: dict[str, object] = {} if FULL else {**SHORT}
        service = Service(forge, either, place / "service", constants=constants)
        service.start()
        yield Pair(primary, standby, service)
        service.kill()
    finally:
        primary.close()
        standby.close()


@pytest.fixture
def pair(forge: Zygote) -> Iterator[Pair]:
    """A pair with a service."""
    with reachable_place() as place, paired(place, forge) as pair:
        yield pair


@contextmanager
def written_to(pair: Pair) -> Iterator[Load]:
    """Write all the time, and prove in the end that the standby has all that was acknowledged."""
    company = pair.service.company()
    with company.http:
        with under_load(company) as load:
            load.goes_on()
            yield load
            load.goes_on(TAKEN_OVER_SECONDS)
        assert pair.service.alive
        company.running.database_url = pair.standby.url
        assert_nothing_lost(load, pair.standby.url)


@pytest.mark.skipif(not FULL, reason="the other test lets the standby take over as well")
@pytest.mark.parametrize("part", PARTS)
def test_after_the_primary_was_killed_the_same_process_writes_to_the_standby(
    part: int, pair: Pair
) -> None:
    name = "primary killed, standby promoted"
    journal.skip_if_done(name, part)
    with written_to(pair) as load:
        killed = time.monotonic()
        pair.take_over()
        load.goes_on(TAKEN_OVER_SECONDS)
        writing = time.monotonic() - killed
    assert writing < TAKEN_OVER_SECONDS
    told(name, part, load, {"longest until writing": writing})


@pytest.mark.parametrize("part", PARTS)
def test_while_the_standby_hangs_nothing_is_acknowledged_and_everybody_is_answered(
    part: int, pair: Pair
) -> None:
    name = "standby hung"
    journal.skip_if_done(name, part)
    with written_to(pair) as load:
        pair.standby.hang()
        hung = time.monotonic()
        load.is_refused(BOUND_SECONDS + BUSY)
        refused, before = time.monotonic() - hung, len(load.acknowledged)
        load.is_refused(BOUND_SECONDS + BUSY)
        assert len(load.acknowledged) == before
        pair.standby.go_on()
        back = time.monotonic()
        load.goes_on(RECOVERY_SECONDS + BUSY)
        writing = time.monotonic() - back
        pair.standby.hang()
        load.is_refused(BOUND_SECONDS + BUSY)
        pair.primary.quit()
        pair.standby.go_on()
        pair.take_over()
    told(name, part, load, {"longest until 503": refused, "longest until writing": writing})


def told(name: str, part: int, load: Load, figures: dict[str, float]) -> None:
    """Note what was done."""
    journal.note(name, part, acknowledged=len(load.acknowledged), **figures)
