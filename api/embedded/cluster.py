"""Creates a cluster in one step: it is there complete or not at all."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

from api.embedded.account import Account
from api.embedded.binaries import Installation
from api.embedded.errors import EmbeddedCannotCreate, EmbeddedNotRunning
from api.embedded.site import Site
from api.embedded.spawn import spawn

_STAGING = "new-cluster-"


def cluster_major(site: Site) -> int | None:
    """The version that an existing cluster needs; None when there is no cluster yet."""
    try:
        return int((site.pgdata / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def create_cluster(
    site: Site,
    account: Account,
    installation: Installation,
    cancelled: threading.Event,
) -> None:
    for leftover in site.base.glob(f"{_STAGING}*"):  # of an interrupted attempt
        shutil.rmtree(leftover, ignore_errors=True)
    password = _password(site)
    with tempfile.TemporaryDirectory(
        prefix=_STAGING, dir=site.base, ignore_cleanup_errors=True
    ) as folder:
        staging = Path(folder)
        given = _hand_over(staging / "password", password, account)
        account.give(staging)
        _initdb(staging, given, account, installation, cancelled)
        given.unlink()
        (staging / "data").rename(site.pgdata)
        _sync(site.base)


def _initdb(
    staging: Path,
    password: Path,
    account: Account,
    installation: Installation,
    cancelled: threading.Event,
) -> None:
    command = [
        str(installation.program("initdb")),
        *("-D", str(staging / "data"), "-U", "postgres", "--encoding=UTF8", "--no-instructions"),
        *("--auth=scram-sha-256", f"--pwfile={password}", *_locale(installation)),
    ]
    with tempfile.TemporaryFile() as output:
        child = spawn(command, account, output.fileno(), signal.SIGKILL)
        try:
            _wait(child, cancelled)
        finally:
            child.kill()
            child.wait()
        if child.returncode != 0:
            output.seek(0)
            text = output.read().decode(errors="replace")[-2000:]
            raise EmbeddedCannotCreate(f"PostgreSQL's initdb failed in {staging.parent}:\n{text}")


def _wait(child: subprocess.Popen[bytes], cancelled: threading.Event) -> None:
    while child.poll() is None:
        if cancelled.wait(0.02):
            raise EmbeddedNotRunning("The server was stopped while its cluster was being created.")


def _locale(installation: Installation) -> list[str]:
    # With LC_CTYPE=C, pg_trgm drops every letter that is not ASCII. Sorting is by code point.
    if installation.major >= 17:  # noqa: PLR2004  # the first version with this provider
        return ["--locale-provider=builtin", "--locale=C.UTF-8"]
    return ["--locale=C", "--lc-ctype=C.UTF-8"]


def _password(site: Site) -> str:
    """The one an interrupted attempt has written, else a new one."""
    if not site.password_file.exists():
        draft = site.password_file.with_suffix(".new")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600, exist_ok=False)
        draft.write_text(secrets.token_urlsafe(24))
        draft.rename(site.password_file)
    return site.password_file.read_text()


def _hand_over(path: Path, text: str, account: Account) -> Path:
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(text)
    account.give(path)
    return path


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
