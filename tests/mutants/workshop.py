"""Hides the copy of the project in which mutants live, and the server that their tests use."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg.conninfo import make_conninfo

from api import migrations
from api.embedded import EmbeddedServer
from tests.conftest import create_database
from tests.house.checkout import NOT_OURS, ROOT

TEMPLATE = "contacts_mutants"
GREEN, RED = 0, 1
"""What pytest ends with: everything passed, something failed."""


@dataclass(frozen=True)
class Workshop:
    """A copy of the project, and a server with an empty database to copy."""

    root: Path
    server_url: str

    def run(self, *command: str, **settings: str) -> int:
        """Run a command there; returns how it ended."""
        return subprocess.run(command, cwd=self.root, env=self._settings(settings)).returncode  # noqa: PLW1510  # the caller looks

    def tests(self, *selection: str) -> int:
        """Run tests on tables that are made anew from the files of the copy; GREEN or RED."""
        options = ("-x", "-p", "no:cacheprovider", "-qqq", "--no-summary", "--tb", "no")
        return self.run(sys.executable, "-m", "pytest", *options, *selection)

    @contextmanager
    def changed(self, file: str, old: str, new: str) -> Iterator[None]:
        """Replace a text, which must be there once, while the block runs."""
        path = self.root / file
        text = path.read_text("utf-8")
        if text.count(old) != 1:
            raise LookupError(f"{file} does not have exactly once: {old}")
        path.write_text(text.replace(old, new), "utf-8")
        try:
            yield
        finally:
            path.write_text(text, "utf-8")

    def _settings(self, more: Mapping[str, str]) -> dict[str, str]:
        tools = Path(sys.executable).parent
        return {
            **os.environ,
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "CONTACTS_TEST_DATABASE_URL": self.server_url,
            **more,
        }


@contextmanager
def opened() -> Iterator[Workshop]:
    """Copy the project and start the server; both are gone in the end."""
    with TemporaryDirectory(prefix="contacts-mutants-") as folder:
        place = Path(folder)
        place.chmod(0o711)  # PostgreSQL may run as another user
        ignored = shutil.ignore_patterns(*NOT_OURS, "*_cache", "mutants", "*.egg-info")
        for path in ROOT.iterdir():
            if path.name not in NOT_OURS and not path.name.endswith("_cache"):
                copied(path, place / "project" / path.name, ignored)
        with EmbeddedServer(place / "data") as server:
            prepare(server.url)
            yield Workshop(place / "project", server.url)


def copied(path: Path, to: Path, ignored: object) -> None:
    """Copy a file or a folder."""
    to.parent.mkdir(exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, to, ignore=ignored)  # type: ignore[arg-type]  # what shutil makes
    else:
        shutil.copy2(path, to)


def prepare(server_url: str) -> None:
    """Make the database that thousands of runs copy; nothing on this server needs to last."""
    create_database(server_url, TEMPLATE)
    migrations.migrate(make_conninfo(server_url, dbname=TEMPLATE))
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
