"""The benchmark itself: everybody does the work, and a server that may lose writes is refused."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.bench import appending, kept, machine, report, servers
from tests.bench.__main__ import add
from tests.bench.contestants.appending import WAYS, Job
from tests.bench.parts import PARTS
from tests.bench.rounds import Contest, Ratio, Sample, Section, Spread, compete
from tests.bench.stage import QUICK, Stage
from tests.conftest import drop_database

Start = Callable[[str, Path], AbstractContextManager[servers.Server]]


@pytest.mark.parametrize(
    ("start", "database", "table"),
    [
        (servers.ours, "ours", "log.event"),
        (servers.stock, "stock", "contacts_events"),
        (servers.by_hand, "plain", "contact"),
    ],
)
def test_a_contestant_keeps_each_contact_that_it_confirms(
    start: Start, database: str, table: str, server_url: str, tmp_path: Path
) -> None:
    try:
        with start(server_url, tmp_path) as server:
            sample = server.load(clients=4, companies=3, seconds=0.3)
        with psycopg.connect(make_conninfo(server_url, dbname=database)) as connection:
            kept = connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
    finally:
        drop_database(server_url, database)
    assert sample.refused == 0
    assert sample.count == kept > 0


@pytest.mark.parametrize("who", ["group commit", "one by one", "stock recorder", "pgbench"])
def test_whoever_appends_keeps_each_event_that_is_counted(
    who: str, server_url: str, tmp_path: Path
) -> None:
    name = f"appended_{who.replace(' ', '_')}"
    try:
        place = appending.ground(server_url, name)
        if who == "pgbench":
            counted = appending.pgbench(place, 3, tmp_path, 1.0).count
        else:
            with WAYS[who](Job(who, place.url, place.company_id, 3, 0.1)) as run:
                counted = len(run())
        with psycopg.connect(place.url) as connection:
            table = "stored_events" if who == "stock recorder" else "log.event"
            kept = connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
    finally:
        drop_database(server_url, name)
    assert counted == kept > 0


def test_no_part_is_measured_on_a_server_that_may_lose_what_it_confirmed(
    database_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            f'ALTER DATABASE "{connection.info.dbname}" SET synchronous_commit = off'
        )
    stage = Stage(QUICK, database_url, tmp_path, lambda _: None)
    for part in PARTS:
        with pytest.raises(machine.Unsafe, match="synchronous_commit"):
            add(part, {}, stage)


def test_a_part_that_is_measured_anew_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    page, facts = tmp_path / "page.md", {"cores": "2", machine.COMMIT: "abc"}
    page.write_text(f"Before\n{report.BEGIN}\n{report.END}\nAfter\n")
    for name, middle in (("search", 3.0), ("append", 4.0), ("search", 5.0)):
        ratio = Ratio(f"{name} of all", "somebody", Spread(middle, 1.0, 9.0), 4.0)
        section = Section([ratio], f"## {name}\n\nText {middle}\n", {f"{name}.svg": "<svg/>"})
        measured = {**kept.read(page), name: kept.Measured("2026-01-01", facts, section)}
        kept.keep(page, measured)
        report.write(page, QUICK, measured)
    text = page.read_text()
    assert text.startswith("Before\n")
    assert text.endswith("\nAfter\n")
    assert "Text 4.0" in text
    assert "Text 5.0" in text
    assert "Text 3.0" not in text
    assert "| search of all | somebody | **5.00 ×** (1.00 – 9.00) | ≥ 4 × | yes |" in text
    assert {file.name for file in tmp_path.glob("*.svg")} == {
        report.PICTURE,
        "search.svg",
        "append.svg",
    }


def test_of_a_cost_little_is_what_shall_be_reached() -> None:
    def cost(middle: float) -> Ratio:
        return Ratio("memory", "before", Spread(middle, 1.0, 2.0), 1.5, cost=True)

    assert cost(1.4).met
    assert not cost(1.6).met
    assert "≤ 1.5 ×" in report.comparison([cost(1.4)])


def test_a_server_that_may_lose_what_it_confirmed_is_not_measured(database_url: str) -> None:
    assert machine.promises(database_url)["synchronous_commit"] == "on"
    with psycopg.connect(database_url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    with pytest.raises(machine.Unsafe, match="synchronous_commit"):
        machine.promises(database_url)


def test_rounds_are_compared_one_by_one() -> None:
    rates = {"one": iter([0, 10, 40]), "two": iter([0, 20, 10])}  # the first is warm-up

    def turn(name: str) -> Sample:
        return Sample(next(rates[name]), 1.0, 0, 0.0, 0.0, {})

    contest = Contest("t", "u", {n: lambda _, n=n: turn(n) for n in rates}, {"two": 1.0})  # type: ignore[misc]
    ratio = compete(contest, 2, 1.0, lambda _: None).ratio("two")
    assert (ratio.least, ratio.middle, ratio.most) == (0.5, 2.25, 4.0)
