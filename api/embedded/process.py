"""One running postgres: its settings, its log and its end."""

import contextlib
import os
import signal
import stat
import subprocess
import threading
from pathlib import Path
from typing import Self

from api.embedded.account import Account
from api.embedded.binaries import Installation
from api.embedded.errors import EmbeddedCannotStart, EmbeddedNotRunning, EmbeddedUnreachable
from api.embedded.memory import shared_buffers
from api.embedded.pidfile import read_pid_file
from api.embedded.site import Site
from api.embedded.spawn import spawn

_LOG_LIMIT = 4 * 1024 * 1024
_LOG_TAIL = 256 * 1024
_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "logging_collector": "off",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
    # Messages, statements and details quote what people have stored; the client gets them anyway.
    "log_error_verbosity": "terse",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
}


class Postgres:
    def __init__(self, site: Site, account: Account, installation: Installation) -> None:
        self._site = site
        _make_socket_dir(site.socket_dir, account)
        self._log = _open_log(site.log, account)
        command = [str(installation.program("postgres")), "-D", str(site.pgdata), *_settings(site)]
        try:
            self.bound_log()  # of a server that cannot start, and is started for hours
            self._child = spawn(command, account, self._log, signal.SIGINT)
        except BaseException:
            os.close(self._log)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_until_ready(self, cancelled: threading.Event) -> None:
        """Without a limit: a recovery after a crash takes the time it takes."""
        while not self._is_ready():
            if self.has_ended():
                raise EmbeddedCannotStart(
                    f"PostgreSQL did not start. The end of {self._site.log}:\n{self._last_lines()}",
                )
            if cancelled.wait(0.01):
                raise EmbeddedNotRunning("The server was stopped while it was starting.")

    def has_ended(self) -> bool:
        return self._child.poll() is not None

    def stop(self) -> None:
        for number, patience in ((signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
            self._child.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(patience)
                break
        os.close(self._log)

    def bound_log(self) -> None:
        if os.fstat(self._log).st_size > _LOG_LIMIT:
            tail = self._log_tail()
            os.ftruncate(self._log, 0)
            os.write(self._log, tail)

    def _is_ready(self) -> bool:
        file = read_pid_file(self._site.pgdata)
        return file is not None and file.pid == self._child.pid and file.is_ready

    def _last_lines(self) -> str:
        return "\n".join(self._log_tail().decode(errors="replace").splitlines()[-10:])

    def _log_tail(self) -> bytes:
        size = os.fstat(self._log).st_size
        return os.pread(self._log, _LOG_TAIL, max(0, size - _LOG_TAIL))


def _settings(site: Site) -> list[str]:
    folder = str(site.socket_dir).replace('"', '""')
    settings = {
        **_SETTINGS,
        "shared_buffers": shared_buffers(),
        "unix_socket_directories": f'"{folder}"',
    }
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _make_socket_dir(folder: Path, account: Account) -> None:
    try:
        folder.mkdir(mode=0o700)
        account.give(folder)
    except FileExistsError:
        found = folder.lstat()
        is_private = stat.S_ISDIR(found.st_mode) and not stat.S_IMODE(found.st_mode) & 0o077
        if not is_private or found.st_uid != account.uid:
            raise EmbeddedUnreachable(
                f"{folder} must be a folder that only the user {account.name} can enter. "
                "Remove it.",
            ) from None


def _open_log(path: Path, account: Account) -> int:
    # Not through a symbolic link: root may be working in a folder that is another user's.
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o600)
    if account.is_other:
        os.fchown(descriptor, account.uid, account.gid)
    return descriptor
