"""The lock of a data directory: whoever holds it owns the server, and it ends with its process."""

import fcntl
import os
import weakref
from pathlib import Path

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class DirectoryLock:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        _locks.add(self)

    def acquire(self) -> bool:
        try:
            descriptor = os.open(self._path, _FLAGS, 0o600)
        except FileNotFoundError:  # the directory was removed: there is nothing to own
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        if not self.is_held():
            self.release()
            return False
        return True

    def is_held(self) -> bool:
        """False as well when the file was replaced: then the new one is what counts."""
        if self._descriptor is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


_locks: weakref.WeakSet[DirectoryLock] = weakref.WeakSet()


def _release_in_child() -> None:
    # A forked child shares the lock and would keep it when its parent was killed.
    for lock in _locks:
        lock.release()


os.register_at_fork(after_in_child=_release_in_child)
