"""Hides how a PostgreSQL of one's own is started, killed, hung, followed and promoted."""

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import Popen

import psycopg
from psycopg.conninfo import make_conninfo

from api.embedded.account import service_account
from api.embedded.binaries import choose, usable_by
from api.embedded.spawn import spawn
from tests.integration.embedded_servers import answers, copy_used, eventually, processes_in

HOST = "127.0.0.1"
STARTED_SECONDS = 30.0


class Cluster:
    """A server on loopback; it starts again on the same port as often as it is told to."""

    def __init__(self, base: Path, **settings: str) -> None:
        """Work in `base`, which has `postgres` and its password; nothing is started yet."""
        self.base = base
        self.pgdata = base / "postgres"
        self.port = free_port()
        self.settings = settings
        self._account = service_account()
        self._process: Popen[bytes] | None = None

    @property
    def password(self) -> str:
        """The superuser's."""
        return (self.base / "postgres.password").read_text().strip()

    @property
    def url(self) -> str:
        """Where the database `contacts` is."""
        return make_conninfo(
            host=HOST, port=self.port, user="postgres", password=self.password, dbname="contacts"
        )

    def start(self) -> None:
        """Start, and wait until it answers; after a crash that is when it has recovered."""
        program = usable_by(self._account, choose()).program("postgres")
        settings = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            **self.settings,
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.base / "postgres.log").open("ab") as log:
            self._process = spawn(
                [str(program), "-D", str(self.pgdata), *options],
                self._account,
                log.fileno(),
                signal.SIGQUIT,
            )
        assert eventually(lambda: self.gone or answers(self.url), STARTED_SECONDS)
        assert not self.gone, (self.base / "postgres.log").read_text()[-2000:]

    @property
    def gone(self) -> bool:
        """Whether the server has ended."""
        return self._process is None or self._process.poll() is not None

    def quit(self) -> None:
        """End it at once, as `pg_ctl stop -m immediate` does: nothing is finished or flushed."""
        if self._process is not None and not self.gone:
            self._process.send_signal(signal.SIGQUIT)

    def wait(self) -> None:
        """Wait until it has ended, and all that belongs to it."""
        if self._process is not None:
            self._process.wait(STARTED_SECONDS)
        assert eventually(lambda: not processes_in(self.pgdata), STARTED_SECONDS)

    def hang(self) -> None:
        """Stop all its processes where they are; connections stay open, nobody answers."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let them continue."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for pid in processes_in(self.pgdata):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def promote(self) -> None:
        """Make a standby the primary."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SELECT pg_promote(true, 30)")

    def close(self) -> None:
        """End it, whatever state it is in."""
        self._signal(signal.SIGCONT)
        self.quit()
        self.wait()

    def followed_by(self, base: Path, name: str) -> "Cluster":
        """Return a standby with this name, not started: a copy of what lies here while it rests."""
        shutil.copytree(self.base, base, symlinks=True)
        standby = Cluster(base)
        for folder, _, files in os.walk(base):
            for entry in (Path(folder), *(Path(folder) / file for file in files)):
                self._account.give(entry)
        (standby.pgdata / "standby.signal").touch()
        standby.settings["primary_conninfo"] = make_conninfo(self.url, application_name=name)
        return standby


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server((HOST, 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def cluster(place: Path, **settings: str) -> Iterator[Cluster]:
    """A started server with an empty database; `place` must be one that its user can reach."""
    own = Cluster(copy_used(place), **settings)
    own.start()
    try:
        yield own
    finally:
        own.close()
