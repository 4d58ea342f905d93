"""What an earlier run or another version has left, and what makes a start safe."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from api.embedded import EmbeddedError, EmbeddedServer
from tests.integration.embedded_servers import (
    IS_ROOT,
    Holder,
    answers,
    copy_used,
    eventually,
    holding,
    processes_in,
    reachable_place,
    read,
    send,
    server_pid,
    write,
)

POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")
needs_15 = pytest.mark.skipif(not POSTGRES_15.exists(), reason="PostgreSQL 15 is not installed")


@pytest.fixture
def fresh() -> Iterator[Path]:
    with reachable_place() as place:
        yield place / "data"


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    with reachable_place() as place:
        yield copy_used(place / "data")


def test_a_second_start_is_warm_and_keeps_the_data(data_dir: Path) -> None:
    with EmbeddedServer(data_dir) as server:
        assert server.owner
        write(server.url, "kept")
        first = server.url
    assert not answers(first)
    with EmbeddedServer(data_dir) as server:
        assert server.url == first
        assert read(server.url) == ["kept"]


def test_letters_that_are_not_ascii_are_letters(data_dir: Path) -> None:
    with EmbeddedServer(data_dir) as server, psycopg.connect(server.url) as connection:
        _check_letters(connection)


def _check_letters(connection: psycopg.Connection) -> None:
    connection.execute("CREATE EXTENSION pg_trgm")
    connection.execute("CREATE EXTENSION btree_gin")
    row = connection.execute(
        "SELECT cardinality(show_trgm('müller')), cardinality(show_trgm('ü')), "
        "similarity('müller', 'muller') < 1, lower('MÜLLER'), getdatabaseencoding()",
    ).fetchone()
    assert row == (7, 2, True, "müller", "UTF8")
    assert connection.execute("SELECT 'Z' < 'a', 'z' < 'ä'").fetchone() == (True, True)


def test_nothing_that_makes_a_commit_safe_is_off_and_no_port_is_open(data_dir: Path) -> None:
    with EmbeddedServer(data_dir) as server, psycopg.connect(server.url) as connection:
        names = ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses")
        values = [connection.execute(f"SHOW {name}").fetchone() for name in names]
        assert values == [("on",), ("on",), ("on",), ("",)]
        assert connection.info.host.startswith("/")


def test_its_log_quotes_nothing_that_people_have_stored(data_dir: Path) -> None:
    with EmbeddedServer(data_dir) as server, psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE people (email text UNIQUE)")
        connection.execute("INSERT INTO people VALUES ('anna@example.com')")
        for wrong in ("INSERT INTO people VALUES ('anna@example.com')", "SELECT 'anna@'::uuid"):
            with pytest.raises(psycopg.Error), connection.transaction():
                connection.execute(wrong.encode())
    assert b"anna" not in (data_dir / "postgres.log").read_bytes()


def test_its_log_does_not_grow_without_bounds(data_dir: Path) -> None:
    log = data_dir / "postgres.log"
    with EmbeddedServer(data_dir) as server:
        with log.open("ab") as file:
            file.write(b"a line of the log\n" * 300_000)
        assert eventually(lambda: log.stat().st_size < 1_000_000, 3)
        assert answers(server.url)
    assert log.read_bytes().endswith(b"database system is shut down\n")


@pytest.mark.parametrize("name", ["deep, " * 30, "a b & 100% ü"])
def test_any_path_will_do(name: str) -> None:
    with reachable_place() as place, EmbeddedServer(copy_used(place / name)) as server:
        with EmbeddedServer(place / name) as attached:
            assert not attached.owner
            assert attached.url == server.url
            write(attached.url, "through the same socket")
        assert read(server.url) == ["through the same socket"]
        folder = Path(str(conninfo_to_dict(server.url)["host"]))
        assert folder.stat().st_mode & 0o077 == 0
    if not folder.is_relative_to(place):
        folder.rmdir()


def test_an_interrupted_creation_leaves_nothing_behind(fresh: Path) -> None:
    for number in (signal.SIGKILL, signal.SIGINT):
        holder = Holder(fresh)
        assert eventually(lambda: any(fresh.glob("new-cluster-*/data/base")), 10)
        send(holder.process.pid, number)
        holder.end()
        assert eventually(lambda: not processes_in(fresh), 3)
        assert not (fresh / "postgres").exists()
    fresh.joinpath("new-cluster-old").mkdir()
    with EmbeddedServer(fresh) as server:
        assert answers(server.url)
    assert not list(fresh.glob("new-cluster-*"))


def test_a_number_of_an_earlier_server_that_is_a_strangers_now_is_no_hindrance(
    data_dir: Path,
) -> None:
    with EmbeddedServer(data_dir):
        before = (data_dir / "postgres" / "postmaster.pid").read_text()
    owner = (data_dir / "postgres").stat().st_uid if IS_ROOT else None
    with subprocess.Popen(["sleep", "60"], user=owner) as stranger:
        lines = before.splitlines(keepends=True)
        stale = "".join([f"{stranger.pid}\n", *lines[1:]])
        (data_dir / "postgres" / "postmaster.pid").write_text(stale)
        (data_dir / "socket" / ".s.PGSQL.5432.lock").write_text(stale)
        try:
            with EmbeddedServer(data_dir) as server:
                assert answers(server.url)
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_server_that_somebody_killed_is_started_again(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with EmbeddedServer(data_dir) as server:
        write(server.url, "committed")
        send(server_pid(data_dir / "postgres"), signal.SIGKILL)
        assert eventually(lambda: not answers(server.url), 1)
        assert eventually(lambda: answers(server.url), 3)
        assert server.owner
        assert "committed" in read(server.url)
    assert "started again" in caplog.text


def test_a_server_whose_owner_ends_without_a_word_ends_too(data_dir: Path) -> None:
    with holding(data_dir, prelude="import atexit, os; atexit.register(os._exit, 0)\n") as holder:
        holder.answer()
    assert eventually(lambda: not processes_in(data_dir), 3)


def test_what_cannot_work_says_what_to_do(fresh: Path) -> None:
    with pytest.raises(EmbeddedError, match="DATABASE_URL") as none:
        EmbeddedServer(fresh, fresh / "bin").start()
    assert none.value.code == "embedded_no_binaries"
    with pytest.raises(EmbeddedError) as early:
        _ = EmbeddedServer(fresh).url
    assert early.value.code == "embedded_not_running"
    (fresh / "postgres.password").mkdir()
    with pytest.raises(EmbeddedError, match="cannot be used") as unusable:
        EmbeddedServer(fresh).start()
    assert unusable.value.code == "embedded_not_usable"


def test_a_start_that_fails_shows_the_end_of_the_log_and_can_be_repeated(data_dir: Path) -> None:
    with EmbeddedServer(data_dir):
        pass
    settings = data_dir / "postgres" / "postgresql.conf"
    good = settings.read_text()
    settings.write_text(good + "no_such_setting = 1\n")
    server = EmbeddedServer(data_dir)
    with pytest.raises(EmbeddedError, match="no_such_setting") as error:
        server.start()
    assert error.value.code == "embedded_cannot_start"
    settings.write_text(good)
    with server:
        assert answers(server.url)


@needs_15
def test_a_cluster_gets_the_binaries_of_its_own_version(fresh: Path) -> None:
    with EmbeddedServer(fresh, POSTGRES_15) as server, psycopg.connect(server.url) as connection:
        _check_letters(connection)
        write(server.url, "from 15")
    with EmbeddedServer(fresh) as server, psycopg.connect(server.url) as connection:
        assert connection.info.server_version // 10_000 == 15
        assert read(server.url) == ["from 15"]
    (fresh / "postgres" / "PG_VERSION").write_text("14\n")
    with pytest.raises(EmbeddedError, match="made by PostgreSQL 14") as error:
        EmbeddedServer(fresh).start()
    assert error.value.code == "embedded_wrong_version"
