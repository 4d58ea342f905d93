"""Remembers which parts of a long run are done, so that one that was interrupted goes on there."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.integration.embedded_servers import ROOT
from tests.scale import FULL

FOLDER = ROOT / ".reliability"


@cache
def commit() -> str:
    """Return which code is tested; empty when nobody can tell, or when it is no commit."""
    try:
        command = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
        name = subprocess.check_output(command, cwd=ROOT, text=True, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return "" if name.strip().endswith("+") else name.strip()


def file() -> Path:
    """Return where the parts that this code has passed are noted."""
    return FOLDER / f"{commit() or 'no-commit'}.jsonl"


def entries() -> Iterator[dict[str, Any]]:
    """Return what was noted, oldest first."""
    if file().exists():
        yield from map(json.loads, file().read_text().splitlines())


def skip_if_done(name: str, part: int) -> None:
    """Leave out a part of a full run that this very code has passed."""
    if FULL and commit() and any((e["name"], e["part"]) == (name, part) for e in entries()):
        pytest.skip("was passed before")


def note(name: str, part: int, **figures: float) -> None:
    """Note that a part of a full run was passed, and what was counted or measured."""
    if not FULL:
        return
    FOLDER.mkdir(exist_ok=True)
    with file().open("a") as journal:
        journal.write(json.dumps({"name": name, "part": part, **figures}) + "\n")


def sums() -> dict[str, Counter[str]]:
    """Add up the figures of each name; of those that are called longest, take the largest."""
    totals: dict[str, Counter[str]] = {}
    for entry in entries():
        total = totals.setdefault(entry.pop("name"), Counter())
        del entry["part"]
        total["parts"] += 1
        for figure, value in entry.items():
            longest = figure.startswith("longest")
            total[figure] = max(total[figure], value) if longest else total[figure] + value
    return totals
