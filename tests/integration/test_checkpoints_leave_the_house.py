"""The task that writes and posts checkpoints: only what is new, and again after a failure."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from api.audit.sending import Sender
from api.audit.verifier import Checkpoint
from api.database import reading
from api.settings import Settings
from tests.integration.logs import Log
from tests.unit.forgery import SIGNER

REDIRECTS = (301, 302, 303, 307, 308)


class Auditor(ThreadingHTTPServer):
    """Takes checkpoints, or answers with another status."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Desk)
        self.status = 204
        self.received: list[bytes] = []
        self.came = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/checkpoints?token=secret"


class Desk(BaseHTTPRequestHandler):
    """Where a checkpoint is handed in."""

    server: Auditor

    def do_POST(self) -> None:
        self.server.received.append(self.rfile.read(int(self.headers["Content-Length"] or 0)))
        self.send_response(self.server.status)
        if self.server.status in REDIRECTS:
            self.send_header("Location", self.server.url)
        self.end_headers()
        self.server.came.set()

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def auditor() -> Iterator[Auditor]:
    with Auditor() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def log(database_url: str) -> Log:
    """A company with one event, on a database of its own."""
    log = Log(database_url)
    log.append(uuid4(), "contact.created")
    return log


def sending(url: str, script: Callable[[Sender], Awaitable[Any]], **settings: object) -> Any:
    """Let a sender do something."""

    async def run() -> Any:
        async with reading(url, 1) as pool:
            return await script(Sender(Settings.model_validate(settings), SIGNER, pool))

    return asyncio.run(run())


def test_a_checkpoint_is_written_for_each_company_that_has_events(log: Log, tmp_path: Path) -> None:
    Log(log.url)
    assert sending(log.url, Sender.round, checkpoint_dir=tmp_path)
    (file,) = tmp_path.rglob("*.*")
    assert file == tmp_path / str(log.company_id) / "1.json"
    kept = Checkpoint.read(file.read_bytes())
    assert kept.hash == log.head()["hash"].hex()
    kept.check_signature(SIGNER.public_key.encode())


def test_only_what_is_new_is_posted(log: Log, auditor: Auditor) -> None:
    async def rounds(sender: Sender) -> None:
        assert await sender.round()
        assert await sender.round()
        await asyncio.to_thread(log.append, uuid4(), "contact.created")
        assert await sender.round()

    sending(log.url, rounds, checkpoint_url=auditor.url)
    assert [json.loads(body)["position"] for body in auditor.received] == [1, 2]


def test_what_did_not_arrive_is_posted_again(
    log: Log, auditor: Auditor, capsys: pytest.CaptureFixture[str]
) -> None:
    async def rounds(sender: Sender) -> None:
        auditor.status = 500
        assert not await sender.round()
        auditor.status = 200
        assert await sender.round()
        assert await sender.round()

    sending(log.url, rounds, checkpoint_url=auditor.url)
    assert len(auditor.received) == 2
    assert auditor.received[0] == auditor.received[1]
    said = capsys.readouterr()
    assert "checkpoint_not_sent" in said.out + said.err
    assert "secret" not in said.out + said.err


@pytest.mark.parametrize("status", REDIRECTS)
def test_a_redirect_is_not_followed_and_is_no_arrival(
    log: Log, auditor: Auditor, status: int
) -> None:
    """A GET of some page would be answered 200, and nobody would have the checkpoint."""
    auditor.status = status
    assert not sending(log.url, Sender.round, checkpoint_url=auditor.url)
    assert len(auditor.received) == 1


def test_a_company_whose_folder_cannot_be_written_stops_no_other(log: Log, tmp_path: Path) -> None:
    other = Log(log.url)
    other.append(uuid4(), "contact.created")
    (tmp_path / str(log.company_id)).touch()
    assert not sending(log.url, Sender.round, checkpoint_dir=tmp_path)
    assert (tmp_path / str(other.company_id) / "1.json").exists()


def test_a_database_that_is_gone_is_no_reason_to_end(log: Log, tmp_path: Path) -> None:
    async def rounds(sender: Sender) -> None:
        await sender._pool.close()
        assert not await sender.round()

    sending(log.url, rounds, checkpoint_dir=tmp_path)


def test_it_goes_on_until_it_is_told_to_stop(log: Log, auditor: Auditor) -> None:
    async def some_time(sender: Sender) -> None:
        task = asyncio.create_task(sender.forever())
        assert await asyncio.to_thread(auditor.came.wait, 30)
        assert not task.done()
        task.cancel()

    sending(log.url, some_time, checkpoint_url=auditor.url)
