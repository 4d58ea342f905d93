"""Hides which files never change again, and where their digests are noted."""

from hashlib import sha256
from pathlib import Path

from api.migrations import numbered
from tests.house.checkout import ROOT

FOLDER = ROOT / "tests" / "golden"
NOTED = FOLDER / "SHA256SUMS"
TABLES = FOLDER / "tables.sql"
"""The tables of the first release."""


def current() -> dict[str, str]:
    """Return the digest of each file: what was stored once, and what databases have had."""
    steps = [Path(str(numbered.FOLDER)) / f"{step.name}.sql" for step in numbered.known()]
    stored = [path for path in FOLDER.rglob("*") if path.is_file() and path != NOTED]
    return {path.relative_to(ROOT).as_posix(): digest(path) for path in sorted([*steps, *stored])}


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def noted() -> dict[str, str]:
    """Return the digests as they were when the files came."""
    lines = (line.split("  ", 1) for line in NOTED.read_text(encoding="utf-8").splitlines())
    return {name: noted for noted, name in lines}


def write(digests: dict[str, str]) -> None:
    """Note digests, in the format of sha256sum."""
    lines = (f"{digests[name]}  {name}\n" for name in sorted(digests))
    NOTED.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    write(current() | noted())  # adds what is new, and keeps what was noted
