"""A changed projection goes live beside a running service, and back, on one port."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.acceptance.conftest import Running, client_of, make_tenant, start, stop

CHECKOUT = Path(__file__).parents[2]

# What a developer does to show one more thing of a contact.
EDITS = {
    "projections/contacts/schema.sql": {
        "    folded text,\n": "    folded text,\n    initial text,\n"
    },
    "projections/contacts/projector.py": {
        "    last_name_key: str | None = None\n": "    last_name_key: str | None = None\n"
        "    initial: str | None = None\n",
        '        "last_name_key": "text",\n': '        "last_name_key": "text",\n'
        '        "initial": "text",\n',
        "        row = row.but(version": "        row = row.but("
        "initial=(row.first_name or '')[:1])\n        row = row.but(version",
        "    version = 1\n": "    version = 2\n",
    },
}


@pytest.fixture
def new_version(tmp_path: Path) -> Path:
    """The sources with a changed projection."""
    tree = tmp_path / "new"
    for package in ("domain", "projections", "api"):
        shutil.copytree(CHECKOUT / package, tree / package)
    for name, edits in EDITS.items():
        text = (tree / name).read_text()
        for old, new in edits.items():
            assert text.count(old) == 1, (name, old)
            text = text.replace(old, new)
        (tree / name).write_text(text)
    return tree


@pytest.fixture
def old_service(database_url: str, tmp_path: Path) -> Iterator[Running]:
    """A service of this version, with worker processes that end with it."""
    running = start(database_url, tmp_path / "data", "--workers", "2")
    yield running
    stop(running)


def command(tree: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `contacts …` of a version; what runs in a folder comes from there first."""
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        cwd=tree,
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@contextmanager
def waiting(tree: Path, url: str, port: int) -> Iterator[subprocess.Popen[str]]:
    """Start `contacts serve --wait` of a version, which says that it waits."""
    with subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve", "--wait", "--port", str(port)],
        cwd=tree,
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            assert process.stderr.readline().startswith("waiting: the read model was built by")
            yield process
        finally:
            process.kill()


def greeted(process: subprocess.Popen[str]) -> str:
    """Wait until a service answers, and return where."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"Contact service on (http://\S+)", line):
            return found[1]
    raise AssertionError(process.wait())


def report(done: subprocess.CompletedProcess[str]) -> Any:
    """Return what a command printed for other programs."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_old_service_answers_until_the_switch_and_the_new_one_from_then_on(
    old_service: Running, new_version: Path
) -> None:
    url, port = old_service.database_url, int(old_service.url.rsplit(":", 1)[1])
    tenant = make_tenant(old_service)
    with ExitStack() as stack:
        old = stack.enter_context(tenant.http)
        contact_id = tenant.create(firstName="Anna", email="anna@example.com")["id"]

        new = stack.enter_context(waiting(new_version, url, port))
        assert command(new_version, url, "projections", "status").returncode == 1
        assert "serve --wait" in command(new_version, url, "keys", "list").stderr
        assert old.patch(f"/crm/{contact_id}", json={"notes": "before"}).status_code == 200

        rebuilt = report(command(new_version, url, "projections", "rebuild", "--json"))
        assert (rebuilt["sameCode"], rebuilt["switched"], rebuilt["different"]) == (False, True, 0)
        assert rebuilt["tables"]["contact"]["columnsOfOneOnly"] == ["initial"]
        assert old_service.process.wait(30) is not None
        assert greeted(new) == old_service.url
        with client_of(old_service, tenant.key) as http:
            assert http.get(f"/crm/{contact_id}").json()["item"]["notes"] == "before"
            changed = http.patch(f"/crm/{contact_id}", json={"firstName": "Bea"})
            assert changed.status_code == 200
        assert initials(url) == [("B",)]

        again = stack.enter_context(waiting(CHECKOUT, url, port))
        back = report(command(CHECKOUT, url, "projections", "rollback", "--json"))
        assert (back["sameCode"], back["switched"], back["events"]) == (False, True, 3)
        assert new.wait(30) is not None
        assert greeted(again) == old_service.url
        with client_of(old_service, tenant.key) as http:
            assert http.get(f"/crm/{contact_id}").json()["item"]["firstName"] == "Bea"
        assert (port_of(old_service.url), again.poll()) == (port, None)


def initials(url: str) -> list[Any]:
    """Return the new column of the live read model."""
    with psycopg.connect(url) as database:
        return database.execute("SELECT initial FROM read.contact").fetchall()


def port_of(url: str) -> int:
    """Return the port that somebody answers on."""
    port = int(url.rsplit(":", 1)[1])
    socket.create_connection(("127.0.0.1", port), 5).close()
    return port
