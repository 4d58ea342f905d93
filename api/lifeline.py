"""Makes a worker process end when the process that supervises it does, even by kill -9."""

import ctypes
import multiprocessing
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_all() -> None:
    """Ask the service to end, with all its worker processes; the supervisor would replace one."""
    supervisor = multiprocessing.parent_process()
    os.kill(os.getpid() if supervisor is None else (supervisor.pid or 0), signal.SIGTERM)


def hold() -> None:
    """Ask the kernel to kill this process when the supervisor ends, if there is one.

    Not SIGTERM: the database ends with the supervisor, so there is nothing to finish.
    """
    supervisor = multiprocessing.parent_process()
    if supervisor is None or sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != supervisor.pid:
        os.kill(os.getpid(), signal.SIGKILL)
