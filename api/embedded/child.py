"""Run as a script: becomes the given program, as the given user, ending with its parent."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, death_signal: int, uid: int, gid: int, program: list[str]) -> None:
    # An ignored signal stays ignored in the new program, until it has its own handlers.
    if death_signal != signal.SIGKILL:
        signal.signal(death_signal, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    if uid != os.geteuid():
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # Changing the user clears the request, so it comes after that.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:  # it ended before we could ask for the signal
        sys.exit(1)
    os.execv(program[0], program)  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    _parent, _signal, _uid, _gid = (int(value) for value in sys.argv[1:5])
    main(_parent, _signal, _uid, _gid, sys.argv[5:])
