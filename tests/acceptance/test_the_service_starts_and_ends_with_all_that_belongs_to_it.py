"""`contacts serve` on its own database: the first start, the second, two at once, and each end."""

import json
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.acceptance.conftest import client
from tests.integration.embedded_servers import copy_used, eventually, processes_in, reachable_place

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


def begin(data_dir: Path, *options: str, cwd: Path = Path("/")) -> subprocess.Popen[str]:
    """Start `contacts serve` on a free port, at the head of a process group of its own."""
    with (cwd / data_dir).with_suffix(".log").open("a") as log:
        return subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", "--data-dir", str(data_dir), *options],
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )


def greeted(process: subprocess.Popen[str], last: str = "searchTerm") -> str:
    """Wait for the last line of the greeting, and return all of it."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if last in line:
            return "".join(lines)
    raise AssertionError("".join(lines) + f"ended with {process.wait()}")


@contextmanager
def served(process: subprocess.Popen[str]) -> Iterator[Served]:
    """Wait until a service greets; whatever a test leaves behind is ended."""
    try:
        greeting = greeted(process)
        found = re.search(r"Contact service on (\S+)", greeting)
        assert found
        with client(found[1]) as http:
            service = Served(process, greeting, found[1], http)
            http.headers["Authorization"] = f"Bearer {service.key}"
            yield service
    finally:
        process.terminate()
        process.communicate(timeout=30)


@contextmanager
def serving(data_dir: Path, *options: str) -> Iterator[Served]:
    """Start a service, and end it."""
    with served(begin(data_dir, *options)) as service:
        yield service


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


@pytest.fixture(scope="module")
def used() -> Iterator[Path]:
    """A data directory that service after service works on."""
    with reachable_place() as place:
        yield copy_used(place / "data")


def test_the_first_start_says_all_that_a_newcomer_needs(data_dir: Path) -> None:
    with serving(data_dir) as service:
        file = data_dir / "demo.env"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_text() == f"CONTACTS_URL={service.url}\nCONTACTS_API_KEY={service.key}\n"
        create, find = re.findall(r"^ *(curl .*)$", service.greeting, re.MULTILINE)
        answers = [
            json.loads(subprocess.check_output(line, shell=True, stderr=subprocess.DEVNULL))  # noqa: S602  # as pasted
            for line in (create, find)
        ]
    assert answers[0]["item"]["lastName"] == "Müller"
    assert answers[1]["result"][0]["item"] == answers[0]["item"]


def test_a_second_start_keeps_the_key_and_whatever_was_answered(data_dir: Path) -> None:
    with serving(copy_used(data_dir)) as first:
        first.http.post("/crm", json={"email": "kept@example.com"})
        with ThreadPoolExecutor(8) as threads:
            under_way = [threads.submit(create, first, f"{n}@example.com") for n in range(8)]
            assert first.end(signal.SIGINT) == 0
            codes = [call.result() for call in under_way]
        assert set(codes) <= {201, 503, None}
    with serving(data_dir) as second:
        assert second.key == first.key
        assert second.http.get("/crm").json()["total"] == 1 + codes.count(201)
        assert (data_dir / "demo.env").read_text().startswith(f"CONTACTS_URL={second.url}\n")


def create(service: Served, address: str) -> int | None:
    """Return the status, or None when there was nobody to answer."""
    try:
        return service.http.post("/crm", json={"email": address}).status_code
    except httpx2.TransportError:
        return None


def test_two_services_started_at_once_share_one_database(data_dir: Path) -> None:
    with (
        served(begin(data_dir)) as first,
        served(begin(data_dir)) as second,
    ):
        assert first.url != second.url
        assert first.key == second.key
        for number, (writer, reader) in enumerate(((first, second), (second, first))):
            address = {"email": f"{number}@example.com"}
            created = writer.http.post("/crm", json=address).json()["item"]
            assert reader.http.get(f"/crm/{created['id']}").json()["item"] == created
            refused = reader.http.post("/crm", json=address)
            assert refused.json()["existingContactId"] == created["id"]


def test_when_one_of_two_services_ends_the_other_goes_on(data_dir: Path) -> None:
    with serving(copy_used(data_dir)) as owner, serving(data_dir) as other:
        owner.http.post("/crm", json={"email": "before@example.com"})
        assert owner.end(signal.SIGINT) == 0
        assert eventually(lambda: goes_on(other, "GET", "/crm"), 3 + BUSY)
        assert eventually(lambda: goes_on(other, "POST", "/crm"), 3 + BUSY)
        assert eventually(lambda: goes_on(other, "GET", "/crm?searchTerm=after"), BUSY)
        assert other.http.get("/crm").json()["total"] == 2


def goes_on(service: Served, method: str, path: str) -> bool:
    """Tell whether it works again; until then it must say that it will."""
    answer = service.http.request(
        method, path, json={"email": "after@example.com"} if method == "POST" else None
    )
    assert answer.is_success or (answer.status_code == 503 and answer.headers["retry-after"])
    return answer.is_success


def test_commands_work_without_a_service_and_beside_one(data_dir: Path) -> None:
    """From any working directory; the data directory may be given as seen from there."""
    made = contacts("companies", "create", "Acme", "--json", "--data-dir", str(data_dir))
    assert (made.returncode, json.loads(made.stdout)["name"]) == (0, "Acme")
    assert processes_in(data_dir) == []
    before = contacts("keys", "create", "--data-dir", "data", cwd=data_dir.parent)
    process = begin(Path("data"), cwd=data_dir.parent)
    try:
        greeting = greeted(process, last="Keys:")  # there is a company, so there is no demo
        beside = contacts("keys", "create", "--company", "Acme", "--data-dir", str(data_dir))
        url = re.findall(r"http://\S+", greeting)[0]
        source = contacts("intake", "add", "meetergo", "--data-dir", str(data_dir))
        assert source.stdout.startswith(f"{url}/intake/meetergo/")
        for command in (before, beside):
            with client(url, f"Bearer {command.stdout.strip()}") as http:
                assert http.get("/crm").status_code == 200
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert not (data_dir / "demo.env").exists()


@pytest.mark.parametrize(("number", "workers"), [(signal.SIGINT, "1"), (signal.SIGTERM, "2")])
def test_told_to_stop_it_ends_everything_with_success(
    used: Path, number: signal.Signals, workers: str
) -> None:
    before = started(used)
    with serving(used, "--workers", workers) as service:
        assert eventually(lambda: started(used) >= before + int(workers), 30)
        assert processes_in(used)
        assert service.end(number) == 0
        assert processes_in(used) == []
        # multiprocessing's resource tracker ends once it has read that the supervisor is gone
        assert eventually(lambda: not group(service), BUSY)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_killed_it_leaves_nothing_behind_after_three_seconds(used: Path, workers: str) -> None:
    before = started(used)
    with serving(used, "--workers", workers) as service:
        assert eventually(lambda: started(used) >= before + int(workers), 30)
        service.end(signal.SIGKILL)
        assert eventually(lambda: not processes_in(used) and not group(service), 3)


def started(data_dir: Path) -> int:
    """How many processes have begun to answer; several workers are greeted for before they do."""
    log = data_dir.with_suffix(".log")
    return log.read_text().count("Application startup complete") if log.exists() else 0


def group(service: Served) -> list[int]:
    """The processes that the service has forked and that still run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, _, pgrp = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(pgrp) == service.process.pid and state != "Z":
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
