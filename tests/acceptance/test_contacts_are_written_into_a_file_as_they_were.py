"""`contacts replay`: the contacts of a company as of a position or a time, as JSON or CSV."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app
from tests.acceptance.conftest import Tenant

MISUSED = 2


def replay(company: Tenant, into: Path, at: object) -> Result:
    """Run the command."""
    return CliRunner().invoke(
        app,
        ["replay", "--company", company.id, "--at", str(at), "--into", str(into)],
        env={"DATABASE_URL": company.running.database_url},
    )


def lines(company: Tenant, into: Path, at: object) -> list[dict[str, Any]]:
    """Return what was written, as JSON."""
    result = replay(company, into, at)
    assert result.exit_code == 0, result.output
    assert sorted(into.parent.iterdir()) == [into]
    assert into.stat().st_mode & 0o077 == 0
    return [json.loads(line) for line in into.read_text("utf-8").splitlines()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file to write into, alone in its folder."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "contacts.jsonl"


def test_contacts_are_as_the_api_showed_them_then(company: Tenant, file: Path) -> None:
    anna = company.create(firstName="Anna", email="anna@example.com", tags=["Lead"])
    bob = company.create(firstName="Bob", email="bob@example.com", additionalData={"a": [1]})
    then = company.position()
    when = datetime.now(UTC)
    company.http.patch(f"/crm/{anna['id']}", json={"firstName": "Anne"})
    company.http.delete(f"/crm/{bob['id']}")
    new = company.create(email="new@example.com")
    both = sorted([anna, bob], key=lambda one: str(one["id"]))
    assert lines(company, file, then) == both
    assert lines(company, file, f"position:{then}") == both
    assert lines(company, file, when.isoformat()) == both
    now = [company.read(one["id"])["item"] for one in (anna, new)]
    assert lines(company, file, company.position()) == sorted(now, key=lambda one: str(one["id"]))


def test_a_table_is_that_of_an_export_and_runs_nothing(company: Tenant, file: Path) -> None:
    given = {"firstName": 'Anna "A"', "email": "anna@example.com", "tags": ["Lead", "Käse"]}
    anna = company.create(**given, notes="=HYPERLINK(1)")
    table = file.with_suffix(".csv")
    assert replay(company, table, 1).exit_code == 0
    with table.open(encoding="utf-8-sig", newline="") as opened:
        [row] = csv.DictReader(opened)
    assert (row["id"], row["firstName"], row["lastName"]) == (anna["id"], 'Anna "A"', "")
    assert (row["notes"], row["createdAt"]) == ("'=HYPERLINK(1)", anna["createdAt"])
    exported = company.http.get("/crm/export?format=csv&asOf=position:1")
    assert table.read_bytes() == exported.content


def test_who_was_erased_since_is_not_shown_at_any_time(company: Tenant, file: Path) -> None:
    gone = company.create(firstName="Gone", email="gone@example.com")
    kept = company.create(firstName="Kept", email="kept@example.com")
    erased = (
        "SELECT log.append(ARRAY[%(company)s::uuid], ARRAY[%(id)s::uuid], ARRAY[2], "
        "ARRAY['contact.erased'], "
        'ARRAY[\'{"schema":1,"nonce":"","data":{"reason":"mistake"}}\'::bytea], '
        "ARRAY[''], ARRAY[''], ARRAY[''])"
    )
    with psycopg.connect(company.running.database_url) as database:
        database.execute(erased, {"company": company.id, "id": gone["id"]})
        database.execute("SELECT log.erase(%s, %s)", (company.id, gone["id"]))
    assert lines(company, file, 2) == [kept]
    assert lines(company, file, 3) == [kept]


def test_before_the_first_event_there_was_nobody(company: Tenant, file: Path) -> None:
    assert lines(company, file, datetime.now(UTC).isoformat()) == []
    company.create(email="anna@example.com")
    assert lines(company, file, "2000-01-01T00:00:00Z") == []


@pytest.mark.parametrize("at", [99, "yesterday", "2026-01-01", "2999-01-01T00:00:00Z"])
def test_a_time_that_is_none_or_still_to_come_is_refused(
    company: Tenant, file: Path, at: object
) -> None:
    refused = replay(company, file, at)
    assert refused.exit_code == MISUSED
    assert "--at" in refused.stderr
    assert list(file.parent.iterdir()) == []


def test_a_file_of_another_kind_is_refused(company: Tenant, file: Path) -> None:
    refused = replay(company, file.with_suffix(".xlsx"), 1)
    assert refused.exit_code == MISUSED
    assert "--into" in refused.stderr


@pytest.mark.parametrize("arguments", [("replay", "--at", "1", "--into"), ("export",)])
def test_a_file_that_cannot_be_written_is_told_in_one_line(
    company: Tenant, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    company.create(email="anna@example.com")
    into = tmp_path / "missing" / "contacts.csv"
    refused = CliRunner().invoke(
        app,
        [*arguments, str(into), "--company", company.id],
        env={"DATABASE_URL": company.running.database_url},
    )
    told = f"contacts: {into} cannot be written: No such file or directory"
    assert (refused.exit_code, refused.stderr.splitlines()) == (1, [told])
