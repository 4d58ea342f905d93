"""The benchmark itself: everybody does the work, and a server that may lose writes is refused."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.bench import machine, servers
from tests.bench.rounds import Contest, Sample, compete
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
            kept = connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]  # noqa: S608
    finally:
        drop_database(server_url, database)
    assert sample.refused == 0
    assert sample.count == kept > 0


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
