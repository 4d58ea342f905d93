"""A rebuild that is killed, loses its database or meets another one harms nobody."""

import os
import signal
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random

import psycopg
import pytest

from api import migrations
from api.database import rebuilding
from api.embedded import EmbeddedServer
from projections.rebuild.claiming import claimed, running
from projections.rebuild.errors import RebuildError
from projections.rebuild.loading import Task, fill
from projections.rebuild.streams import FIRST, LAST, Piece
from tests.integration.embedded_servers import (
    answers,
    copy_used,
    eventually,
    reachable_place,
    server_pid,
)
from tests.integration.rebuilds import (
    CHECKOUT,
    Database,
    digests,
    interrupted,
    made_up,
    rebuilt,
    schemas,
)
from tests.scale import FULL

KILLS, RESTARTS = (50, 10) if FULL else (5, 2)
PHASES = ("reading the log", "building indexes", "catching up", "comparing", "switching")
LONGEST = {"reading the log": 0.3, "building indexes": 0.3}
"""Seconds within which a phase is interrupted; the others are over in hundredths of a second."""


def moments(times: int) -> list[tuple[str, float]]:
    """Return phases, each as often as the others, and moments in them."""
    random = Random(5)
    chosen = [PHASES[number % len(PHASES)] for number in range(times)]
    return [(phase, random.uniform(0, LONGEST.get(phase, 0.03))) for phase in chosen]


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a rebuild in a process of its own."""
    return subprocess.run(
        command, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False
    )


def assert_clean(url: str, database: Database, before: list[object]) -> None:
    """Live answers are as before, and the next rebuild works and leaves nothing of the last."""
    assert digests(database) == before
    assert rebuilt(url).proved
    assert schemas(database) == {"read", "read_previous"}
    assert digests(database) == before


@pytest.mark.scaled
@pytest.mark.timeout(1_800 if FULL else 120)
def test_killed_at_any_moment_it_leaves_the_live_rows_alone(
    own_database: Database, database_url: str
) -> None:
    made_up(own_database, 400, 1_200)
    before = digests(own_database)
    for phase, moment in moments(KILLS):
        ended = run(interrupted(database_url, phase, moment))
        assert phase in ended.stdout, (phase, moment, ended.stderr)
        assert ended.returncode in {-signal.SIGKILL, 0}, (phase, moment, ended.stderr)
        assert digests(own_database) == before, (phase, moment)
    assert_clean(database_url, own_database, before)


def test_ctrl_c_takes_away_what_was_begun(own_database: Database, database_url: str) -> None:
    made_up(own_database, 400, 1_200)
    before = digests(own_database)
    ended = run(interrupted(database_url, "reading the log", 0.0, "SIGINT"))
    assert "KeyboardInterrupt" in ended.stderr
    assert schemas(own_database) == {"read"}
    assert_clean(database_url, own_database, before)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """The data of a server of one's own."""
    with reachable_place() as place:
        yield copy_used(place / "data")


@pytest.mark.scaled
@pytest.mark.timeout(1_800 if FULL else 120)
def test_a_database_that_restarts_ends_the_rebuild_and_nothing_else(data_dir: Path) -> None:
    with EmbeddedServer(data_dir) as server:
        migrations.migrate(server.url)
        with psycopg.connect(server.url, autocommit=True) as database:
            made_up(database, 400, 1_200)
            before = digests(database)
    for phase, moment in moments(RESTARTS):
        with EmbeddedServer(data_dir) as server:  # one that crashes often is started ever later
            pid = server_pid(next(data_dir.rglob("postmaster.pid")).parent)
            ended = run(interrupted(server.url, phase, moment, "SIGQUIT", pid))
            assert phase in ended.stdout, (phase, moment, ended.stderr)
            assert eventually(partial(answers, server.url), 20)
            with psycopg.connect(server.url, autocommit=True) as database:
                assert digests(database) == before, (phase, moment)
    with (
        EmbeddedServer(data_dir) as server,
        psycopg.connect(server.url, autocommit=True) as database,
    ):
        assert_clean(server.url, database, before)


def test_a_machine_is_told_by_the_beginning_and_the_end_of_a_long_name(
    own_database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = "contacts-maintenance-europe-central2-7c9d5b8f6-x2x9k"
    monkeypatch.setattr("socket.gethostname", lambda: host)
    with claimed(rebuilding(database_url)):
        who = running(own_database)
    assert who is not None
    beginning, end = who.partition("@")[2].split("..")
    assert host.startswith(beginning)
    assert len(beginning) >= 10
    assert end == "6-x2x9k"


def test_a_second_rebuild_at_once_is_refused_and_told_who_runs(
    own_database: Database, database_url: str
) -> None:
    with (
        claimed(rebuilding(database_url)),
        pytest.raises(RebuildError, match=f"since 20.*Z {os.getpid()}@"),
    ):
        rebuilt(database_url)
    assert schemas(own_database) == {"read"}
    assert rebuilt(database_url).proved


def test_a_worker_that_outlived_its_rebuild_does_not_touch_the_next_one(
    own_database: Database, database_url: str
) -> None:
    made_up(own_database, 40, 100)
    late = []

    def tell(phase: str, _done: int, _total: int) -> None:
        if phase == "building indexes":
            [[built_at]] = own_database.execute("SELECT built_at FROM read_next.model").fetchall()
            own_database.execute("UPDATE read_next.model SET built_at = built_at + '1 second'")
            with psycopg.connect(rebuilding(database_url), autocommit=True) as connection:
                task = Task(database_url, {}, built_at, skip_broken=False)
                with pytest.raises(RebuildError, match="another rebuild") as refused:
                    fill(connection, task, Piece(FIRST, LAST))
            late.append(refused)

    assert rebuilt(database_url, tell).proved
    assert late
