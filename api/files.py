"""Files that are there when they are complete, and that their owner alone can read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """Lend a file that takes its place once all is written and on the disk."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.touch(mode=0o600, exist_ok=False)
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        keep_name(path.parent)
    finally:
        part.unlink(missing_ok=True)


def keep_name(folder: Path) -> None:
    """Wait until the disk knows which files a folder has."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
