"""What postmaster.pid says, and whether the process it names is really that server."""

import contextlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

_STATUS_LINE = 7
_PROCESSES = Path("/proc")


@dataclass(frozen=True)
class PidFile:
    pid: int
    is_ready: bool


def read_pid_file(pgdata: Path) -> PidFile | None:
    try:
        lines = (pgdata / "postmaster.pid").read_text(errors="replace").splitlines()
        pid = abs(int(lines[0]))  # negative when it runs in single-user mode
    except (FileNotFoundError, IndexError, ValueError):  # none, or just being written
        return None
    is_ready = len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"
    return PidFile(pid, is_ready)


def running_postmaster(pgdata: Path) -> int | None:
    """Its number, unless the file is stale: after a crash the number may be anybody's."""
    file = read_pid_file(pgdata)
    if file is None or os.fsencode(pgdata) not in _command_line(file.pid):
        return None
    return file.pid


def _command_line(pid: int) -> bytes:
    if _PROCESSES.exists():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            return (_PROCESSES / str(pid) / "cmdline").read_bytes()
        return b""
    command = ["ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, check=False).stdout  # noqa: S603  # our own command
