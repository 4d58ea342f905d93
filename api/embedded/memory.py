"""Hides where it stands how much memory there is, on a machine and in a container."""

import os
from pathlib import Path

_MEGABYTE = 1024 * 1024
_LEAST, _MOST = 128, 512
_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def shared_buffers(limits: tuple[Path, ...] = _LIMITS) -> str:
    """A quarter of the memory, within bounds: PostgreSQL's own default is for any machine at all.

    A search that finds its pages there is twice as fast as one that fetches them from the system.
    """
    quarter = min([_of_the_machine(), *map(_limited_by, limits)]) // 4 // _MEGABYTE
    return f"{max(_LEAST, min(_MOST, quarter))}MB"


def _of_the_machine() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return 0  # unknown


def _limited_by(file: Path) -> int:
    try:
        return int(file.read_text())
    except (OSError, ValueError):  # no such file, or "max"
        return _of_the_machine()
