"""`contacts serve` on its own database: the first start, the second, two at once, and each end."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.integration.embedded_servers import eventually, processes_in, reachable_place

COMMAND = [sys.executable, "-m", "api.cli"]
BUSY = 5.0
"""Seconds that a busy machine may take longer than promised."""


@dataclass
class Served:
    """A started service, its greeting, and a client with the demo key."""

    process: subprocess.Popen[str]
    greeting: str
    url: str
    http: httpx2.Client

    @property
    def key(self) -> str:
        """The key in the greeting."""
        found = re.search(r"API key +(\S+)", self.greeting)
        assert found, self.greeting
        return found[1]

    def end(self, number: signal.Signals) -> int:
        """Send a signal to the process alone and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(30)


def read_greeting(process: subprocess.Popen[str]) -> str:
    """Read what is printed until the last line of the greeting."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "searchTerm" in line:
            return "".join(lines)
    raise AssertionError("".join(lines) + f"ended with {process.wait()}")


@contextmanager
def serving(data_dir: Path, *options: str, cwd: Path = Path("/")) -> Iterator[Served]:
    """Start `contacts serve` on a free port; whatever a test leaves behind is ended."""
    with data_dir.with_suffix(".log").open("a") as log:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", "--data-dir", str(data_dir), *options],
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    try:
        greeting = read_greeting(process)
        found = re.search(r"Contact service on (\S+)", greeting)
        assert found
        with httpx2.Client(base_url=found[1], timeout=20) as http:
            served = Served(process, greeting, found[1], http)
            http.headers["Authorization"] = f"Bearer {served.key}"
            yield served
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()


def contacts(*arguments: str, cwd: Path = Path("/")) -> subprocess.CompletedProcess[str]:
    """Run a command as an operator does."""
    return subprocess.run(
        [*COMMAND, *arguments], cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data directory that does not exist yet."""
    with reachable_place() as place:
        yield place / "data"


def test_the_first_start_says_all_that_a_newcomer_needs(data_dir: Path) -> None:
    with serving(data_dir) as served:
        file = data_dir / "demo.env"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_text() == f"CONTACTS_URL={served.url}\nCONTACTS_API_KEY={served.key}\n"
        create, find = re.findall(r"^ *(curl .*)$", served.greeting, re.MULTILINE)
        answers = [
            json.loads(subprocess.check_output(line, shell=True, stderr=subprocess.DEVNULL))  # noqa: S602  # as pasted
            for line in (create, find)
        ]
    assert answers[0]["item"]["lastName"] == "Müller"
    assert answers[1]["result"][0]["item"] == answers[0]["item"]


def test_a_second_start_keeps_the_data_and_the_key(data_dir: Path) -> None:
    with serving(data_dir) as first:
        created = first.http.post("/crm", json={"email": "kept@example.com"}).json()
        assert first.end(signal.SIGINT) == 0
    with serving(data_dir) as second:
        assert second.key == first.key
        assert second.http.get("/crm").json()["result"][0]["item"] == created["item"]
        assert (data_dir / "demo.env").read_text().startswith(f"CONTACTS_URL={second.url}\n")
        companies = json.loads(
            contacts("companies", "list", "--json", "--data-dir", str(data_dir)).stdout
        )
        assert [company["name"] for company in companies] == ["Demo"]


def test_commands_work_with_a_service_and_without_one(data_dir: Path) -> None:
    """From any working directory, with a data directory that may be given as seen from there."""
    option = ("--data-dir", str(data_dir))
    made = contacts("companies", "create", "Acme", "--json", *option)
    assert (made.returncode, json.loads(made.stdout)["name"]) == (0, "Acme")
    assert processes_in(data_dir) == []
    key = contacts("keys", "create", "--data-dir", "data", cwd=data_dir.parent).stdout.strip()
    assert contacts("companies", "create", "Demo", *option).returncode == 0
    with running_without_demo(data_dir) as url:
        other = contacts("keys", "create", "--company", "Demo", *option).stdout.strip()
        for token in (key, other):
            headers = {"Authorization": f"Bearer {token}"}
            assert httpx2.get(f"{url}/crm", headers=headers).status_code == 200


@contextmanager
def running_without_demo(data_dir: Path) -> Iterator[str]:
    """Start on a database that has companies already, so that no key can be shown."""
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", "--data-dir", data_dir.name],
        cwd=data_dir.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        found = next(filter(None, (re.search(r"on (http://\S+)", line) for line in process.stdout)))
        yield found[1]
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert not (data_dir / "demo.env").exists()


def test_two_services_on_one_data_directory_share_the_database(data_dir: Path) -> None:
    with serving(data_dir) as first, serving(data_dir) as second:
        assert first.url != second.url
        assert first.key == second.key
        for number, (writer, reader) in enumerate(((first, second), (second, first))):
            address = {"email": f"{number}@example.com"}
            created = writer.http.post("/crm", json=address).json()["item"]
            assert reader.http.get(f"/crm/{created['id']}").json()["item"] == created
            refused = reader.http.post("/crm", json=address)
            assert refused.status_code == 409
            assert refused.json()["existingContactId"] == created["id"]
        assert first.end(signal.SIGINT) == 0
        assert eventually(lambda: created_in(second, "after@example.com"), 3 + BUSY)
        assert second.http.get("/crm").json()["total"] == 3


def created_in(served: Served, address: str) -> bool:
    """Create a contact, or find out that the database is on its way."""
    answer = served.http.post("/crm", json={"email": address})
    assert answer.status_code in {201, 503}, answer.text
    if answer.status_code == 503:
        assert answer.headers["retry-after"]
    return answer.status_code == 201


def test_two_services_may_start_on_a_fresh_directory_at_once(data_dir: Path) -> None:
    data_dir.mkdir()
    commands = [[*COMMAND, "serve", "--port", "0", "--data-dir", str(data_dir)]] * 2
    processes = [
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd="/"
        )
        for command in commands
    ]
    try:
        greetings = [read_greeting(process) for process in processes]
        keys = {re.findall(r"API key +(\S+)", greeting)[0] for greeting in greetings}
        assert len(keys) == 1
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.communicate(timeout=30)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_told_to_stop_it_ends_everything_with_success(
    data_dir: Path, number: signal.Signals, workers: str
) -> None:
    with serving(data_dir, "--workers", workers) as served:
        assert eventually(lambda: alive(served), BUSY)
        assert processes_in(data_dir)
        assert served.end(number) == 0
        assert processes_in(data_dir) == []
        assert group(served) == []


@pytest.mark.parametrize("workers", ["1", "2"])
def test_killed_it_leaves_nothing_behind_after_three_seconds(data_dir: Path, workers: str) -> None:
    with serving(data_dir, "--workers", workers) as served:
        assert eventually(lambda: alive(served), BUSY)
        served.end(signal.SIGKILL)
        assert eventually(lambda: not processes_in(data_dir) and not group(served), 3)


def alive(served: Served) -> bool:
    """Tell whether it answers: several workers are greeted for before they do."""
    return served.http.get("/health/live").status_code == 200


def group(served: Served) -> list[int]:
    """The processes that the service has forked and that still run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, _, pgrp = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(pgrp) == served.process.pid and state != "Z":
            found.append(int(entry.name))
    return found


def test_a_taken_port_is_told_at_once_and_nothing_is_started(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = contacts("serve", "--port", port, "--data-dir", str(data_dir))
    assert (result.returncode, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert f"127.0.0.1:{port}" in line
    assert "--port" in line
    assert not data_dir.exists()


def test_a_data_directory_that_cannot_be_used_is_told_in_one_line(data_dir: Path) -> None:
    data_dir.write_text("a file")
    for command in (("serve", "--port", "0"), ("companies", "list")):
        result = contacts(*command, "--data-dir", str(data_dir))
        assert (result.returncode, result.stdout) == (1, "")
        (line,) = result.stderr.splitlines()
        assert str(data_dir) in line


def test_ended_while_it_answers_it_finishes_first(data_dir: Path) -> None:
    """What was begun before Ctrl-C is answered, and what was answered is there."""
    with serving(data_dir) as served:
        started = [
            subprocess.Popen(
                ["curl", "-s", "-w", "%{http_code}", "-o", os.devnull, f"{served.url}/crm"]
                + ["-H", f"Authorization: Bearer {served.key}"]
                + ["-H", "Content-Type: application/json"]
                + ["-d", json.dumps({"email": f"{number}@example.com"})],
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(8)
        ]
        assert served.end(signal.SIGINT) == 0
        codes = [client.communicate(timeout=20)[0] for client in started]
    assert set(codes) <= {"201", "503", "000"}
    with serving(data_dir) as again:
        assert again.http.get("/crm?limit=100").json()["total"] == codes.count("201")
