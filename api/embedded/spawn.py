"""Starts a program that ends with this process, out of reach of the terminal's Ctrl-C."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from api.embedded.account import Account

_CHILD = Path(__file__).with_name("child.py")


def spawn(
    command: Sequence[str],
    account: Account,
    output: int,
    death_signal: signal.Signals,
) -> subprocess.Popen[bytes]:
    """The calling thread must live as long as the program: the kernel watches that thread alone."""
    identity = (os.getpid(), death_signal.value, account.uid, account.gid)
    return subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-I", "-S", "-B", str(_CHILD), *map(str, identity), *command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd="/",
        # Nothing of our environment: it holds secrets, and PG… variables would change the server.
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        start_new_session=True,
    )
