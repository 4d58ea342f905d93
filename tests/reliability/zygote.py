"""Run as a module: imports the service once, then forks one for each line that it is sent."""

import ctypes
import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

import api.app  # what takes so long
import api.cli.serve  # noqa: F401  # and what `app` would load only when called
from api.cli.main import app

PR_SET_PDEATHSIG = 1


def set_back(*_: object) -> None:
    """Let the clock of this process go wrong by an hour."""
    time_machine.travel(datetime.now(UTC) - timedelta(hours=1), tick=True).start()


def become(wanted: dict[str, Any]) -> None:
    """Be `contacts serve` in this environment, with its output in a file."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGUSR1, set_back)
    output = os.open(wanted["output"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.update(wanted["environment"])
    for name, value in wanted["constants"].items():
        module, _, constant = name.rpartition(".")
        setattr(sys.modules[module], constant, value)
    app(["serve", *wanted["options"]])


def main() -> None:
    """Fork until there is nothing more to read."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            become(json.loads(line))
        print(pid, flush=True)  # noqa: T201  # the answer


if __name__ == "__main__":
    main()
