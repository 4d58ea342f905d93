"""Lets the processes of one service know each other's figures, since a scrape reaches only one."""

import asyncio
import multiprocessing
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

from pydantic import ValidationError

from api.metrics.snapshot import CODEC, Family, Kind, Snapshot, together

EVERY_SECONDS = 1.0


class Shared:
    """A folder in which each process keeps its last snapshot.

    The file of a process that has ended stays, for what it has counted did happen; one that was
    killed takes the figures of its last second with it.
    """

    def __init__(self, data_dir: Path) -> None:
        """Without a supervisor there is only this process, and no folder."""
        supervisor = multiprocessing.parent_process()
        self._folder = None if supervisor is None else folder_of(data_dir, supervisor.pid or 0)
        self._file = f"{os.getpid()}-{uuid4().hex}.json"

    async def keep_for_ever(self, take: Callable[[], Snapshot]) -> None:
        """Write the snapshot again and again."""
        while self._folder is not None:
            write(self._folder / self._file, take())
            await asyncio.sleep(EVERY_SECONDS)

    def families(self, own: Snapshot) -> dict[str, Family]:
        """Put the figures of all processes together, and say how old the oldest of them are."""
        snapshots = [own, *(one for one in self._others() if one.pid != own.pid)]
        living = {one.pid for one in snapshots if lives(one.pid)}
        age = max(time.time() - one.taken_at for one in snapshots if one.pid in living)
        about = "Seconds since the process that is furthest behind has told its figures."
        oldest = Family(Kind.NOW, about, values=[((), [max(age, 0.0)])])
        return {**together(snapshots, living), "contacts_processes_age_seconds": oldest}

    def _others(self) -> Iterator[Snapshot]:
        if self._folder is None:
            return
        for file in self._folder.glob("*.json"):
            if file.name != self._file:
                try:
                    yield CODEC.validate_json(file.read_bytes())
                except (OSError, ValidationError):
                    continue


def folder_of(data_dir: Path, supervisor: int) -> Path:
    """Return where the processes under a supervisor keep their figures."""
    return data_dir / "processes" / str(supervisor)


def write(file: Path, snapshot: Snapshot) -> None:
    """Replace the file in one step."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_bytes(CODEC.dump_json(snapshot))
    part.replace(file)


def forget(data_dir: Path) -> None:
    """Remove what this supervisor's processes, and those of supervisors that died, have left."""
    for folder in folder_of(data_dir, 0).parent.glob("[0-9]*"):
        if int(folder.name) == os.getpid() or not lives(int(folder.name)):
            shutil.rmtree(folder, ignore_errors=True)


def lives(pid: int) -> bool:
    """Tell whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
