"""Processes that hold an embedded server, and places to put its data, for the tests."""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import psycopg

from api.embedded import EmbeddedServer

ROOT = Path(__file__).parents[2]
IS_ROOT = os.geteuid() == 0
_HOLDER = """
import sys
from pathlib import Path
from api.embedded import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1])) as server:
    print(server.owner, server.url, flush=True)
    {postlude}
    sys.stdin.read()
"""


class Holder:
    """A process of its own with a started EmbeddedServer; ends when told to."""

    def __init__(  # noqa: PLR0913  # each is one way to be different
        self,
        data_dir: Path,
        *,
        python: str = sys.executable,
        path: Sequence[Path] = (),
        prelude: str = "",
        postlude: str = "",
        user: int | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            [python, "-c", prelude + _HOLDER.format(postlude=postlude), str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(path),
            cwd="/",
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            start_new_session=True,
        )

    def answer(self) -> tuple[bool, str]:
        """Whether it owns the server, and the URL."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        owner, url = line.split()
        return owner == "True", url

    def kill(self) -> None:
        self.process.kill()
        self.end()

    def send_to_group(self, number: signal.Signals) -> None:
        os.killpg(self.process.pid, number)

    def kill_group(self) -> None:
        """The processes it has forked as well."""
        with suppress(ProcessLookupError):
            self.send_to_group(signal.SIGKILL)
        self.end()

    def end(self) -> None:
        with suppress(ValueError):  # its pipes are closed: it has ended
            self.process.communicate(timeout=20)


@contextmanager
def holding(data_dir: Path, **options: object) -> Iterator[Holder]:
    holder = Holder(data_dir, **options)  # type: ignore[arg-type]
    try:
        yield holder
    finally:
        holder.end()


@contextmanager
def reachable_place(within: Path | None = None) -> Iterator[Path]:
    """A folder that the server's user can enter, unlike pytest's own."""
    place = Path(tempfile.mkdtemp(prefix="contacts-test-", dir=within)).resolve()
    place.chmod(0o711)
    try:
        yield place
    finally:
        shutil.rmtree(place)


@cache
def _used_data_dir() -> Path:
    """Creating a cluster is what takes time, so most tests get a copy of one."""
    place = Path(tempfile.mkdtemp(prefix="contacts-test-")).resolve()
    atexit.register(shutil.rmtree, place)
    place.chmod(0o711)
    with EmbeddedServer(place / "data"):
        return place / "data"


def copy_used(data_dir: Path) -> Path:
    """A data directory that has been in use before; owners and rights are copied as well."""
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", _used_data_dir(), data_dir], check=True)
    return data_dir


def environment(path: Sequence[Path] = ()) -> Mapping[str, str]:
    paths = [*path, ROOT]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}


def eventually(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def write(url: str, text: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (text text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [text])


def read(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM kept ORDER BY text")]


def server_pid(pgdata: Path) -> int:
    return int((pgdata / "postmaster.pid").read_text().splitlines()[0])


def processes_in(folder: Path) -> list[int]:
    """All that work in it, whatever their name: servers, their workers, an initdb."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (entry / "cmdline").read_bytes()
            inside = str((entry / "cwd").readlink()).startswith(str(folder))
            if int(entry.name) != os.getpid() and (inside or os.fsencode(folder) in words):
                found.append(int(entry.name))
    return found


def send(pid: int, number: signal.Signals) -> None:
    os.kill(pid, number)
