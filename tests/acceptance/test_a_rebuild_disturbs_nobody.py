"""`contacts projections` beside a service that is written to and read from all the time."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx2
import psycopg
import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app
from tests.acceptance.conftest import Running, Tenant, client_of, make_tenant, start, stop
from tests.scale import FULL

CONTACTS, REBUILDS = (400_000, 2) if FULL else (300, 1)
WRITERS, READERS = 8, 4


@dataclass
class Seen:
    """What callers were answered."""

    written: dict[str, str] = field(default_factory=dict)
    """Contact id → the notes that were confirmed last."""

    reads: int = 0
    wrong: list[str] = field(default_factory=list)


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Running]:
    """A service on a database of its own, with people in it."""
    running = start(database_url, tmp_path / "data")
    running.contacts("demo-data", "--contacts", str(CONTACTS))
    yield running
    stop(running)


@pytest.fixture
def tenant(service: Running) -> Iterator[Tenant]:
    """A company of that service."""
    tenant = make_tenant(service)
    with tenant.http:
        yield tenant


def command(service: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `contacts projections …` as an operator does."""
    return subprocess.run(
        [sys.executable, "-m", "api.cli", "projections", *arguments],
        env={**os.environ, "DATABASE_URL": service.database_url},
        capture_output=True,
        text=True,
        timeout=6_000,
        check=False,
    )


def write(http: httpx2.Client, seen: Seen, number: int, go_on: Callable[[], bool]) -> None:
    """Create contacts and change them; each answer is kept to be checked later."""
    count = 0
    while go_on():
        count += 1
        made = http.post("/crm", json={"email": f"w{number}-{count}@example.com", "notes": "new"})
        if made.status_code != 201:
            seen.wrong.append(f"POST {made.status_code} {made.text}")
            continue
        contact_id = made.json()["item"]["id"]
        seen.written[contact_id] = "new"
        changed = http.patch(f"/crm/{contact_id}", json={"notes": str(count)})
        if changed.status_code != 200:
            seen.wrong.append(f"PATCH {changed.status_code} {changed.text}")
            continue
        seen.written[contact_id] = str(count)


def read(http: httpx2.Client, seen: Seen, known: str, go_on: Callable[[], bool]) -> None:
    """Look for what has always been there, and for whom was written just now."""
    while go_on():
        latest = next(reversed(seen.written.copy()), known)
        answers = [http.get(f"/crm/{known}"), http.get("/crm?searchTerm=always")]
        answers += [http.get(f"/crm/{latest}"), http.get("/crm?limit=5")]
        seen.reads += len(answers)
        lists = [answers[1].json().get("total"), len(answers[3].json().get("result", ()))]
        if any(answer.status_code != 200 for answer in answers) or lists[0] != 1 or not lists[1]:
            seen.wrong.append(f"GET {[(a.status_code, a.text[:200]) for a in answers]}")


@pytest.mark.scaled
@pytest.mark.timeout(10_800 if FULL else 120)
def test_while_everybody_writes_and_reads_nothing_fails_and_nothing_is_lost(
    tenant: Tenant,
) -> None:
    known = tenant.create(firstName="Always", email="always@example.com")["id"]
    seen, over = Seen(), threading.Event()

    def go_on() -> bool:
        return not over.is_set() and len(seen.wrong) < 10

    with ThreadPoolExecutor(WRITERS + READERS) as threads:
        clients = [client_of(tenant.running, tenant.key) for _ in range(WRITERS + READERS)]
        writers = enumerate(clients[:WRITERS])
        working = [threads.submit(write, http, seen, n, go_on) for n, http in writers]
        working += [threads.submit(read, http, seen, known, go_on) for http in clients[WRITERS:]]
        rebuild = ("rebuild", "--jobs", "2", "--json")
        results = [command(tenant.running, *rebuild) for _ in range(REBUILDS)]
        results.append(command(tenant.running, "rollback", "--json"))
        over.set()
        for thread in working:
            thread.result(60)
        for http in clients:
            http.close()
    reports = [json.loads(result.stdout) for result in results]
    assert [(r["proved"], r["switched"]) for r in reports] == [(True, True)] * (REBUILDS + 1)
    assert max(report["writersWaitedSeconds"] for report in reports) < 1
    assert seen.wrong == []
    assert len(seen.written) > WRITERS
    assert seen.reads > READERS
    for contact_id, notes in seen.written.items():
        assert tenant.read(contact_id)["item"]["notes"] == notes
    assert json.loads(command(tenant.running, "rebuild", "--verify", "--json").stdout)["proved"]


@pytest.fixture
def own(database_url: str, tmp_path: Path) -> Iterator[Tenant]:
    """A company of a service on a database of its own."""
    running = start(database_url, tmp_path / "data")
    tenant = make_tenant(running)
    with tenant.http:
        yield tenant
    stop(running)


def projections(url: str, *arguments: str) -> Result:
    """Run `contacts projections …` in this process."""
    environment = {"DATABASE_URL": url, "COLUMNS": "200"}
    return CliRunner().invoke(app, ("projections", *arguments), env=environment)


def test_the_state_is_told_with_the_age_of_what_is_known(own: Tenant) -> None:
    url = own.running.database_url
    own.create(email="anna@example.com")
    before = json.loads(projections(url, "status", "--json").stdout)
    assert (before["healthy"], before["behind"], before["lastRebuild"]) == (True, 0, None)
    assert {"id": own.id, "head": 1, "position": 1} in before["companies"]
    assert {one["name"] for one in before["projections"]} >= {"contact", "appointment"}
    rebuilt = projections(url, "rebuild")
    assert rebuilt.exit_code == 0, rebuilt.output
    assert "Writers waited" in rebuilt.stdout
    after = json.loads(projections(url, "status", "--json").stdout)
    assert after["previous"]
    assert after["lastRebuild"]["report"]["proved"]
    assert before["measuredAt"] < after["lastComparison"]["endedAt"] < after["measuredAt"]
    shown = projections(url, "status")
    assert shown.exit_code == 0
    assert "0 behind" in shown.stdout
    assert "Last rebuild: 20" in shown.stdout


def test_a_row_that_somebody_took_away_is_told_by_status_and_verify(own: Tenant) -> None:
    url = own.running.database_url
    gone = own.create(email="anna@example.com")["id"]
    with psycopg.connect(url) as superuser:
        superuser.execute("DELETE FROM read.contact WHERE contact_id = %s", (gone,))
    status = projections(url, "status")
    assert status.exit_code == 1
    assert f"{own.id} │ 1    │ 0 " in status.stdout
    verified = projections(url, "rebuild", "--verify")
    assert verified.exit_code == 1
    assert gone in verified.stdout
    repaired = projections(url, "rebuild", "--contact", gone)
    assert repaired.stdout == f"{gone}: rows were wrong in contact; repaired.\n"
    assert own.read(gone)["item"]["email"] == "anna@example.com"
    assert projections(url, "rebuild", "--verify").exit_code == 0


def test_what_a_comparison_found_wrong_is_told_by_status_until_it_is_put_right(own: Tenant) -> None:
    url = own.running.database_url
    altered = own.create(email="anna@example.com")["id"]
    with psycopg.connect(url) as superuser:
        superuser.execute("UPDATE read.contact SET notes = 'x' WHERE contact_id = %s", (altered,))
    assert projections(url, "status").exit_code == 0  # every event is shown by some row
    assert projections(url, "rebuild", "--verify").exit_code == 1
    status = projections(url, "status")
    assert (status.exit_code, "1 rows differed" in status.stdout) == (1, True)
    assert not json.loads(projections(url, "status", "--json").stdout)["healthy"]
    assert projections(url, "rebuild").exit_code == 0
    assert projections(url, "status").exit_code == 0
    assert projections(url, "rollback").exit_code == 0
    assert projections(url, "status").exit_code == 1
    assert projections(url, "rebuild", "--contact", altered).exit_code == 0
    assert projections(url, "rebuild", "--verify").exit_code == 0
    assert projections(url, "status").exit_code == 0


def test_what_cannot_be_done_is_told_in_one_line(database_url: str) -> None:
    unknown = str(uuid4())
    for arguments, reason in (
        (("rollback",), "there is no previous read model to go back to"),
        (("rebuild", "--contact", unknown), f"no company has a contact {unknown}"),
    ):
        refused = projections(database_url, *arguments)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert refused.stderr.splitlines() == [f"contacts: {reason}"]
