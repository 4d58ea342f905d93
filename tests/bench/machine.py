"""What the figures depend on: cores, versions, the server's promises, and who used how much CPU."""

import os
import platform
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

COMMIT = "commit"
"""The fact that changes from day to day; the others are the machine's."""

PROMISES = ("fsync", "synchronous_commit", "full_page_writes")
TICKS = os.sysconf("SC_CLK_TCK")
ROOT = Path(__file__).resolve().parent.parent.parent


class Unsafe(Exception):
    """The server may lose what it has confirmed, so its speed means nothing."""


def promises(database_url: str) -> dict[str, str]:
    """Return what keeps confirmed writes; refuse when a part of it is off."""
    with psycopg.connect(database_url) as connection:
        found = {
            name: str(
                connection.execute(sql.SQL("SHOW {}").format(sql.Identifier(name))).fetchall()[0][0]
            )
            for name in PROMISES
        }
    off = [name for name, value in found.items() if value != "on"]
    if off:
        raise Unsafe(f"not measured: {', '.join(off)} must be on, found {found}")
    return found


def postmaster(database_url: str) -> int:
    """Return the process that all of PostgreSQL's descend from."""
    with psycopg.connect(database_url) as connection:
        return int(stat(connection.info.backend_pid)[1])


def cpu_seconds(root: int) -> float:
    """Return the CPU seconds of a process and its descendants, those that have ended included."""
    children: dict[int, list[int]] = {}
    seconds: dict[int, float] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = stat(int(folder.name))
        except OSError:  # ended meanwhile; its parent has its seconds now
            continue
        children.setdefault(int(fields[1]), []).append(int(folder.name))
        seconds[int(folder.name)] = sum(map(int, fields[11:15])) / TICKS
    found, total = [root], 0.0
    while found:
        process = found.pop()
        total += seconds.get(process, 0.0)
        found += children.get(process, [])
    return total


def stat(process: int) -> list[str]:
    """Return what Linux says of a process, from its state on; its name may hold anything."""
    return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()


def facts(database_url: str) -> dict[str, str]:
    """Describe the machine without naming it."""
    with psycopg.connect(database_url) as connection:
        version = connection.info.parameter_status("server_version") or "?"
    return {
        "cores": str(len(os.sched_getaffinity(0))),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "PostgreSQL": version.partition(" ")[0],
        COMMIT: commit(),
        **promises(database_url),
    }


def commit() -> str:
    """Name the commit that is measured, and say whether there are changes on top.

    Figures of an earlier run that lie in docs are none.
    """
    head = git("rev-parse", "--short", "HEAD")
    changes = git("status", "--porcelain", "--", ".", ":!docs")
    return f"{head or 'none yet'}{' with changes' if changes else ''}"


def git(*arguments: str) -> str:
    """Ask git; no answer where there is no repository."""
    done = subprocess.run(
        ["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""
