"""Hides which files belong to the project."""

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("domain", "projections", "api")
NOT_OURS = {".git", ".venv", ".contacts", ".hypothesis", "__pycache__", "dist"}


def files(*suffixes: str) -> Iterator[Path]:
    """Yield the files of the checkout that are not made by a tool."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [
            name for name in folders if name not in NOT_OURS and not name.endswith("_cache")
        ]
        for name in names:
            if not suffixes or name.endswith(suffixes):
                yield Path(folder, name)
