"""`contacts doctor` on a database that is well, and on ones that were damaged on purpose."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner, Result

from api.cli.main import app
from tests.acceptance.conftest import SIGNING_KEY
from tests.integration.writing import contacts, creating, done, new_company

Doctor = Callable[..., Result]


@pytest.fixture
def doctor(database_url: str) -> Doctor:
    """Run `contacts doctor` on a database with events."""

    def run(*options: str, **settings: str) -> Result:
        environment = {"DATABASE_URL": database_url, "COLUMNS": "200", **settings}
        return CliRunner().invoke(app, ["doctor", *options], env=environment)

    return run


@pytest.fixture(autouse=True)
def filled(own_database: psycopg.Connection[Any], database_url: str) -> psycopg.Connection[Any]:
    """A superuser's connection to the database, which has two companies of fifty events."""
    side = contacts(database_url)
    for _ in range(2):
        company_id = new_company(own_database)
        for outcome in side.run(
            [creating(company_id, email=f"anna{n}@example.com") for n in range(50)]
        ):
            done(outcome)
    side.close()
    return own_database


def wrong(result: Result) -> dict[str, str]:
    """What the doctor says is wrong."""
    assert result.exit_code == 1, result.output
    content = json.loads(result.stdout)
    assert content["healthy"] is False
    return {f["about"]: f["said"] for f in content["findings"] if f["level"] == "wrong"}


def damage(connection: psycopg.Connection[Any], *statements: str) -> None:
    """Do what triggers prevent."""
    connection.execute("SET session_replication_role = replica")
    for statement in statements:
        connection.execute(statement.encode())
    connection.execute("RESET session_replication_role")


def test_a_healthy_installation_has_nothing_wrong(doctor: Doctor) -> None:
    result = doctor("--json", CONTACTS_SIGNING_KEY="")
    assert result.exit_code == 0, result.output
    content = json.loads(result.stdout)
    assert content["healthy"] is True
    about = {finding["about"] for finding in content["findings"]}
    assert {"fsync", "clock", "pg_trgm", "heads", "chain", "stored events", "disk"} <= about
    chain = next(f["said"] for f in content["findings"] if f["about"] == "chain")
    assert 0 < int(chain.split()[0]) <= 100, "each of the hundred events counts once"


def test_people_read_a_line_for_each_thing(doctor: Doctor) -> None:
    result = doctor()
    assert result.exit_code == 0
    assert "full_page_writes" in result.stdout
    assert "wrong" not in result.stdout


@pytest.mark.parametrize(
    ("about", "statement"),
    [
        ("heads", "UPDATE log.company_log SET position = position + 1"),
        ("heads", "DELETE FROM log.event WHERE position = 50"),
        ("heads", "UPDATE log.company_log SET hash = sha256('x')"),
        ("chain", "UPDATE log.event SET actor = 'somebody else' WHERE position BETWEEN 2 AND 50"),
        ("chain", "UPDATE log.event SET state = state || ' ' WHERE position BETWEEN 2 AND 49"),
        ("chain", "DELETE FROM log.event WHERE position % 2 = 1"),
        ("companies", "DELETE FROM log.company_log"),
        ("read model", "DELETE FROM read.contact"),
        (
            "stored events",
            "UPDATE log.event SET state = overlay(state placing '9' from 11) WHERE position = 7",
        ),
        ("stored events", "UPDATE log.event SET topic = 'contact.unheard' WHERE position = 7"),
        ("tables", "DROP TABLE edge.optin_mail"),
        ("tables", "UPDATE read.model SET fingerprint = 'x'"),
        ("tables", "CREATE SCHEMA contacts_restore"),
    ],
)
def test_what_was_damaged_is_named(
    doctor: Doctor, filled: psycopg.Connection[Any], about: str, statement: str
) -> None:
    damage(filled, statement)
    assert about in wrong(doctor("--json"))


@pytest.mark.parametrize("name", ["synchronous_commit"])
def test_a_server_that_forgets_what_it_acknowledged_is_named(
    doctor: Doctor, filled: psycopg.Connection[Any], name: str
) -> None:
    database = filled.info.dbname
    filled.execute(f"ALTER DATABASE {database} SET {name} = off".encode())
    assert wrong(doctor("--json")) == {name: wrong(doctor("--json"))[name]}


def test_too_many_processes_for_the_server_are_named(doctor: Doctor) -> None:
    assert "CONTACTS_WORKERS" in wrong(doctor("--json", CONTACTS_WORKERS="32"))["connections"]


def test_a_standby_is_named(doctor: Doctor, filled: psycopg.Connection[Any]) -> None:
    database = filled.info.dbname
    filled.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on".encode())
    assert "writing" in wrong(doctor("--json"))


def test_erasures_that_cannot_be_noted_are_named(doctor: Doctor) -> None:
    below_a_file = f"{__file__}/erasures.jsonl"
    assert "erasures" in wrong(doctor("--json", CONTACTS_ERASURES_FILE=below_a_file))


def test_checkpoints_that_cannot_leave_the_house_are_named(doctor: Doctor, tmp_path: Path) -> None:
    key = {"CONTACTS_SIGNING_KEY": SIGNING_KEY}
    below_a_file = {"CONTACTS_CHECKPOINT_DIR": f"{__file__}/checkpoints"}
    assert set(wrong(doctor("--json", **key, **below_a_file))) == {"checkpoints"}
    fine = doctor("--json", **key, CONTACTS_CHECKPOINT_DIR=str(tmp_path / "checkpoints"))
    assert fine.exit_code == 0, fine.output
    assert "signing key" in wrong(doctor("--json", **below_a_file))


def test_a_database_that_was_never_prepared_is_named_with_what_helps(
    doctor: Doctor, empty_database_url: str
) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        name = f"stranger_{uuid4().hex}"
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'only-for-this-test'".encode())
        url = make_conninfo(empty_database_url, user=name, password="only-for-this-test")
        found = wrong(doctor("--json", DATABASE_URL=url))
        connection.execute(f"DROP ROLE {name}".encode())
    assert "contacts_app" in found["database"]
    assert "contacts migrate" in found["tables"]


def test_a_database_that_is_not_there_is_named_without_its_password(doctor: Doctor) -> None:
    url = "postgresql://contacts:s3cret@127.0.0.1:1/contacts"
    result = doctor("--json", DATABASE_URL=url)
    assert "database" in wrong(result)
    assert "s3cret" not in result.output
