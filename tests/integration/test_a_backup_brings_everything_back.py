"""`contacts backup` and `contacts restore`: what comes back, and what is refused."""

import json
import stat
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from typer.testing import CliRunner, Result

from api.backups.archive import read_manifest
from api.cli.main import app
from api.companies import register
from api.database import editing
from projections.state import measure
from tests.integration.writing import contacts, creating, id_of

Command = Callable[..., Result]

READ = ("contact", "contact_count", "appointment", "submission")


@pytest.fixture
def erasures(tmp_path: Path) -> Path:
    """The file of erasures, which nobody has written to."""
    file = tmp_path / "erasures.jsonl"
    file.touch()
    return file


@pytest.fixture
def run(erasures: Path) -> Callable[..., Result]:
    """Run `contacts …` on a database."""

    def command(url: str, *arguments: object) -> Result:
        environment = {"DATABASE_URL": url, "CONTACTS_ERASURES_FILE": str(erasures)}
        return CliRunner().invoke(app, [str(word) for word in arguments], env=environment)

    return command


@pytest.fixture
def filled(database_url: str) -> str:
    """A database with companies of some contacts."""
    for number in range(3):
        with editing(database_url) as connection:
            company_id = register.create(connection, f"Company {number}", "DE")
        fill(database_url, company_id, 20 * number)
    return database_url


def fill(url: str, company_id: UUID, count: int) -> list[UUID]:
    side = contacts(url)
    wishes = [creating(company_id, email=f"anna{n}@example.com") for n in range(count)]
    outcomes = side.run(wishes) if wishes else []
    side.close()
    return [id_of(outcome) for outcome in outcomes]


def printed(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def rows(url: str, *tables: str) -> dict[str, list[Any]]:
    with psycopg.connect(url) as connection:
        return {
            table: connection.execute(f"SELECT t::text FROM {table} t ORDER BY 1").fetchall()
            for table in tables
        }


EVERYTHING = (
    "log.event",
    "log.company_log",
    "edge.company",
    "edge.api_key",
    "edge.secret",
    *(f"read.{table}" for table in READ),
)


def test_an_empty_database_becomes_what_the_other_one_was(
    filled: str, empty_database_url: str, run: Command, tmp_path: Path
) -> None:
    run(filled, "keys", "create", "--company", "Company 1")
    before = rows(filled, *EVERYTHING)
    file = tmp_path / "backup"
    saved = printed(run(filled, "backup", file, "--json"))
    back = printed(run(empty_database_url, "restore", file, "--json"))
    assert rows(empty_database_url, *EVERYTHING) == before
    assert (back["heads"], back["events"]) == (saved["heads"], 60)
    assert [head["position"] for head in saved["heads"]] == [0, 20, 40]
    with psycopg.connect(empty_database_url) as connection:
        assert measure(connection).healthy
    (one, *_) = json.loads(run(empty_database_url, "companies", "list", "--json").stdout)
    assert one["name"] == "Company 0"
    assert fill(empty_database_url, UUID(one["id"]), 1)


def test_it_shows_one_instant_while_everybody_goes_on_writing(
    filled: str, empty_database_url: str, run: Command, tmp_path: Path
) -> None:
    with psycopg.connect(filled) as connection:
        company_ids = [row[0] for row in connection.execute("SELECT company_id FROM edge.company")]
    end = threading.Event()

    def write() -> None:
        side = contacts(filled)
        while not end.is_set():
            side.run([creating(company_id, phone_number="+49 30 1") for company_id in company_ids])
        side.close()

    with ThreadPoolExecutor(2) as threads:
        writers = [threads.submit(write) for _ in range(2)]
        try:
            for number in range(3):
                assert run(filled, "backup", tmp_path / str(number)).exit_code == 0
        finally:
            end.set()
        for writer in writers:
            writer.result()
    saved = read_manifest(tmp_path / "2")
    assert saved.events > 60
    back = printed(run(empty_database_url, "restore", tmp_path / "2", "--json"))
    assert back["events"] == saved.events


def test_whoever_was_erased_since_is_erased_again(
    filled: str, empty_database_url: str, run: Command, tmp_path: Path
) -> None:
    with editing(filled) as connection:
        company_id = register.find(connection, "Company 0")
    anna, boris = fill(filled, company_id, 2)
    file = tmp_path / "backup"
    assert run(filled, "backup", file).exit_code == 0
    command = ("erase", anna, "--reason", "subject_request", "--company", "Company 0")
    assert run(filled, *command).exit_code == 0
    back = printed(run(empty_database_url, "restore", file, "--json"))
    assert back["erasedAgain"] == 1
    gone = run(empty_database_url, "show", anna, "--company", "Company 0")
    assert "anna0@example.com" not in gone.output
    with psycopg.connect(empty_database_url) as connection:
        query = "SELECT contact_id, topic FROM log.event WHERE company_id = %s AND state IS NULL"
        assert connection.execute(query, (company_id,)).fetchall() == [(anna, "contact.created")]
        assert measure(connection).healthy
    verified = run(empty_database_url, "audit", "verify", "--company", "Company 0")
    assert verified.exit_code == 0, verified.output
    shown = run(empty_database_url, "show", boris, "--company", "Company 0")
    assert "anna1@example.com" in shown.output


def test_an_erasure_that_was_noted_but_never_committed_is_not_made_up_for(
    filled: str, empty_database_url: str, run: Command, tmp_path: Path, erasures: Path
) -> None:
    with editing(filled) as connection:
        company_id = register.find(connection, "Company 0")
    anna, boris = fill(filled, company_id, 2)
    file = tmp_path / "backup"
    assert run(filled, "backup", file).exit_code == 0
    # the log goes as far as 2, so it would have the one at 2 if it had happened
    for contact_id, position in ((anna, 2), (boris, 3)):
        noted = {"companyId": str(company_id), "contactId": str(contact_id)}
        note = {**noted, "reason": "subject_request", "position": position}
        with erasures.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(note) + "\n")
    back = printed(run(empty_database_url, "restore", file, "--json"))
    assert back["erasedAgain"] == 1
    shown = run(empty_database_url, "show", anna, "--company", "Company 0")
    assert "anna0@example.com" in shown.output
    gone = run(empty_database_url, "show", boris, "--company", "Company 0")
    assert "anna1@example.com" not in gone.output


def test_without_the_file_of_erasures_nobody_is_brought_back(
    filled: str, empty_database_url: str, run: Command, tmp_path: Path, erasures: Path
) -> None:
    file = tmp_path / "backup"
    run(filled, "backup", file)
    erasures.unlink()
    refused = run(empty_database_url, "restore", file)
    assert refused.exit_code == 1
    assert "--accept-unerased" in refused.stderr
    assert is_empty(empty_database_url)
    assert run(empty_database_url, "restore", file, "--accept-unerased").exit_code == 0


def test_a_database_with_companies_is_left_as_it_is(
    filled: str, run: Command, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    run(filled, "backup", file)
    before = rows(filled, *EVERYTHING)
    refused = run(filled, "restore", file)
    assert refused.exit_code == 1
    assert "has companies already" in refused.stderr
    assert rows(filled, *EVERYTHING) == before
    assert run(filled, "companies", "list").exit_code == 0


def test_tables_without_a_company_are_no_data(
    filled: str, empty_database_url: str, run: Command, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    run(filled, "backup", file)
    run(empty_database_url, "migrate")
    assert run(empty_database_url, "restore", file).exit_code == 0


def shortened(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def changed_by_one_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def of_something_else(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("manifest.json", '{"format": "something-else/1"}')


def no_archive(file: Path) -> None:
    file.write_text("hello")


@pytest.mark.parametrize("damage", [shortened, changed_by_one_bit, of_something_else, no_archive])
def test_a_damaged_file_is_refused_before_anything_is_done(
    filled: str,
    empty_database_url: str,
    run: Command,
    tmp_path: Path,
    damage: Callable[[Path], None],
) -> None:
    file = tmp_path / "backup"
    run(filled, "backup", file)
    damage(file)
    refused = run(empty_database_url, "restore", file)
    assert refused.exit_code == 1
    assert str(file) in refused.stderr
    assert len(refused.stderr.splitlines()) <= 2
    assert is_empty(empty_database_url)


def test_a_log_that_is_not_the_one_of_the_manifest_is_never_served(
    filled: str, empty_database_url: str, run: Command, tmp_path: Path
) -> None:
    file, forged = tmp_path / "backup", tmp_path / "forged"
    run(filled, "backup", file)
    forge(file, forged)
    refused = run(empty_database_url, "restore", forged)
    assert refused.exit_code == 1
    assert "than the manifest says" in refused.stderr
    for command in (("companies", "list"), ("migrate",), ("projections", "status")):
        closed = run(empty_database_url, *command)
        assert closed.exit_code == 1
        assert "contacts restore" in closed.stderr
    assert run(empty_database_url, "restore", file).exit_code == 0
    assert run(empty_database_url, "companies", "list").exit_code == 0


def forge(file: Path, forged: Path) -> None:
    """Make a backup whose manifest speaks of another log."""
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(forged, "w") as other:
        manifest = json.loads(archive.read("manifest.json"))
        manifest["heads"][-1]["hash"] = "00" * 32
        other.writestr("database.dump", archive.read("database.dump"))
        other.writestr("manifest.json", json.dumps(manifest))


def test_only_its_owner_can_read_it_and_nothing_is_overwritten(
    filled: str, run: Command, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    assert run(filled, "backup", file).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = file.read_bytes()
    again = run(filled, "backup", file)
    assert again.exit_code == 1
    assert "exists already" in again.stderr
    assert file.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_a_backup_that_cannot_be_written_says_so(filled: str, run: Command, tmp_path: Path) -> None:
    refused = run(filled, "backup", tmp_path / "nowhere" / "backup")
    assert refused.exit_code == 1
    assert "No such file or directory" in refused.stderr


def is_empty(url: str) -> bool:
    with psycopg.connect(url) as connection:
        query = "SELECT count(*) FROM pg_namespace WHERE nspname IN ('log', 'edge', 'read')"
        return connection.execute(query).fetchone() == (0,)
