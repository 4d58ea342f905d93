"""Several processes on one data directory: who owns the server, and what happens when he ends."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from api.embedded import EmbeddedServer
from tests.integration.embedded_servers import (
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

TAKE_OVER = 3.0
MARGIN = 2.0  # for a busy machine


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    with reachable_place() as place:
        yield copy_used(place / "data")


def test_five_that_race_for_a_fresh_directory_share_one_server() -> None:
    with reachable_place() as place, ExitStack() as stack:
        holders = [stack.enter_context(holding(place / "data")) for _ in range(5)]
        found = [holder.answer() for holder in holders]
        assert [owner for owner, _ in found].count(True) == 1
        assert len({url for _, url in found}) == 1
        for number, (_, url) in enumerate(found):
            write(url, str(number))
        assert read(found[0][1]) == ["0", "1", "2", "3", "4"]


def test_when_the_owner_is_killed_an_attached_process_takes_over(data_dir: Path) -> None:
    holder = Holder(data_dir)
    assert holder.answer()[0]
    with EmbeddedServer(data_dir) as attached:
        assert not attached.owner
        url = attached.url
        write(url, "committed")
        holder.kill()
        killed = time.monotonic()
        assert eventually(lambda: attached.owner, TAKE_OVER + MARGIN)
        assert eventually(lambda: answers(url), TAKE_OVER + MARGIN)
        assert time.monotonic() - killed < TAKE_OVER + MARGIN
        assert attached.url == url
        assert "committed" in read(url)
        with EmbeddedServer(data_dir) as third:
            assert not third.owner
            assert answers(third.url)


def test_when_the_owner_stops_an_attached_process_takes_over(data_dir: Path) -> None:
    first, second = EmbeddedServer(data_dir), EmbeddedServer(data_dir)
    first.start()
    second.start()
    first.stop()
    try:
        assert eventually(lambda: second.owner and answers(second.url), TAKE_OVER + MARGIN)
    finally:
        second.stop()
    assert not processes_in(data_dir)


def test_an_attached_process_that_ends_disturbs_nobody(data_dir: Path) -> None:
    with EmbeddedServer(data_dir) as server:
        pid = server_pid(data_dir / "postgres")
        Holder(data_dir).kill()
        with EmbeddedServer(data_dir):
            pass
        assert answers(server.url)
        assert server_pid(data_dir / "postgres") == pid


def test_when_all_are_killed_the_server_is_gone(data_dir: Path) -> None:
    holder = Holder(data_dir)
    holder.answer()
    assert processes_in(data_dir)
    holder.kill()
    assert eventually(lambda: not processes_in(data_dir), 3)


def test_a_child_that_the_owner_has_forked_does_not_keep_its_lock(data_dir: Path) -> None:
    forks = "import os, sys, time\n"
    at_ready = "os.fork() or (time.sleep(30), os._exit(0))"
    holder = Holder(data_dir, prelude=forks, postlude=at_ready)
    holder.answer()
    try:
        with EmbeddedServer(data_dir) as attached:
            send(holder.process.pid, signal.SIGKILL)
            assert eventually(lambda: attached.owner, TAKE_OVER + MARGIN)
            assert answers(attached.url)
    finally:
        holder.kill_group()


def test_ctrl_c_in_a_terminal_does_not_reach_the_server(data_dir: Path) -> None:
    ignores = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    with holding(data_dir, prelude=ignores) as holder:
        _, url = holder.answer()
        pid = server_pid(data_dir / "postgres")
        holder.send_to_group(signal.SIGINT)
        with EmbeddedServer(data_dir) as attached:
            assert not attached.owner
            assert answers(url)
        assert server_pid(data_dir / "postgres") == pid


def test_a_directory_that_was_removed_and_made_again_gets_a_server_of_its_own() -> None:
    with reachable_place() as place, EmbeddedServer(copy_used(place / "data")) as server:
        write(server.url, "old")
        (place / "data").rename(place / "away")
        with EmbeddedServer(place / "data") as other:
            assert other.owner
            write(other.url, "new")
            assert eventually(lambda: not server.owner, 3)
            assert read(other.url) == ["new"]
