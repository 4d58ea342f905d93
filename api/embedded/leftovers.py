"""Clears what an earlier server has left, so that the next one can start; needs the lock."""

import contextlib
import os
import signal
import time

from api.embedded.pidfile import read_pid_file, running_postmaster
from api.embedded.site import Site

# A server whose owner was killed is shutting down already. Ending at once costs it no data, only
# a recovery at the next start; waiting longer would keep callers without an answer.
_ESCALATION = ((signal.SIGINT, 1.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


def clear_leftovers(site: Site) -> None:
    end_previous(site)
    file = read_pid_file(site.pgdata)
    if file is not None and _is_taken(file.pid):
        # A stranger has the number now, and PostgreSQL would take him for the server.
        (site.pgdata / "postmaster.pid").unlink()
    for socket in site.socket_dir.glob(".s.PGSQL.*"):
        socket.unlink(missing_ok=True)


def end_previous(site: Site) -> None:
    for number, patience in _ESCALATION:
        pid = running_postmaster(site.pgdata)
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + patience
        while running_postmaster(site.pgdata) == pid and time.monotonic() < deadline:
            time.sleep(0.02)


def _is_taken(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
