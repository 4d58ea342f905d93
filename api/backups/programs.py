"""Runs pg_dump and pg_restore, of the server's own version where there is one."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from api.backups.archive import PIECE
from api.backups.errors import BackupError
from api.embedded import EmbeddedError
from api.embedded.binaries import choose, pg_binary

OWNER = "--role=contacts_owner"
DUMP = ("pg_dump", "--format=custom", "--schema=log", "--schema=edge", OWNER)
RESTORE = ("pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", OWNER)


def dumped(url: str, server_version: int, snapshot: str) -> Iterator[bytes]:
    """Yield the truth, as it is in a snapshot: logs, companies, keys; the read model follows."""
    command = (*DUMP, f"--snapshot={snapshot}")
    with running(command, url, server_version, stdout=subprocess.PIPE) as process:
        while piece := process.stdout.read(PIECE) if process.stdout else b"":
            yield piece


def restored(url: str, server_version: int, dump: Iterable[bytes]) -> None:
    """Put a dump into a database, all or nothing."""
    with running(RESTORE, url, server_version, stdin=subprocess.PIPE) as process:
        with suppress(BrokenPipeError):  # it has ended, and said why
            for piece in dump:
                pipe_of(process).write(piece)
        with suppress(BrokenPipeError):
            pipe_of(process).close()


@contextmanager
def running(
    command: tuple[str, ...], url: str, server_version: int, **pipes: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of PostgreSQL's programs on a database; raises BackupError when it fails."""
    name, *options = command
    words = [str(program(name, server_version)), *options, *target(url)]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(words, stderr=errors, env=environment(url), **pipes) as process,  # type: ignore[call-overload]  # noqa: S603  # our own words
    ):
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        if process.wait() != 0:
            errors.seek(0)
            raise BackupError(f"{name} failed: {first_line(errors)}")


def program(name: str, server_version: int) -> Path:
    """Find the program, by preference that of the server's own version: another's may not fit."""
    with suppress(EmbeddedError):
        own = choose(server_version // 10_000).program(name)
        if own.is_file():
            return own
    try:
        return pg_binary(name)
    except EmbeddedError:
        if found := shutil.which(name):
            return Path(found)
    raise BackupError(f"PostgreSQL's program {name} was not found; install PostgreSQL's client")


def target(url: str) -> tuple[str, ...]:
    """Name the database without its password, for others see a command line."""
    given = {name: value for name, value in conninfo_to_dict(url).items() if name != "password"}
    return (f"--dbname={make_conninfo('', **given)}",)


def environment(url: str) -> dict[str, str]:
    """Pass the password on."""
    password = conninfo_to_dict(url).get("password")
    return {**os.environ, **({"PGPASSWORD": str(password)} if password else {}), "LC_ALL": "C"}


def first_line(errors: IO[bytes]) -> str:
    """Return what a program said first; further lines may quote data."""
    return errors.readline().decode(errors="replace").strip() or "it says nothing"


def pipe_of(process: subprocess.Popen[bytes]) -> IO[bytes]:
    """Return where a program reads from."""
    if process.stdin is None:
        raise BrokenPipeError
    return process.stdin
