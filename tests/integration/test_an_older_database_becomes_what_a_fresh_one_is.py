"""`contacts migrate`: the numbered steps from the tables of the first release to those of today."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner, Result

from api import migrations
from api.backups.programs import running
from api.cli import serve
from api.cli.main import app
from api.migrations import numbered
from api.settings import Settings
from tests.house.golden import TABLES
from tests.integration.embedded_servers import eventually

FIRST = "ALTER TABLE edge.company ADD COLUMN colour text"
SECOND = (
    "UPDATE edge.company SET colour = 'red'; ALTER TABLE edge.company ALTER colour SET NOT NULL"
)


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Add a step to the code, or change it."""
    folder = tmp_path / "steps"
    folder.mkdir()
    monkeypatch.setattr(numbered, "FOLDER", folder)

    def add(name: str, statements: str) -> None:
        (folder / f"{name}.sql").write_text(statements)

    return add


def contacts(url: str, *arguments: object) -> Result:
    words = [str(word) for word in arguments]
    return CliRunner().invoke(app, words, env={"DATABASE_URL": url})


def done(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT name FROM edge.migration ORDER BY name").fetchall()
    return [name for (name,) in rows]


def columns(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        cursor = connection.execute("SELECT * FROM edge.company")
        return [column.name for column in cursor.description or ()]


def dumped(url: str) -> list[str]:
    """Return what pg_dump says of all tables but those of the read model."""
    with psycopg.connect(url) as connection:
        version = connection.info.server_version
    command = ("pg_dump", "--schema-only", "--schema=log", "--schema=edge")
    with running(command, url, version, stdout=subprocess.PIPE) as process:
        text, _ = process.communicate()
    # newer ones of pg_dump put random words there
    return [line for line in text.decode().splitlines() if "restrict " not in line]


def test_the_first_release_and_all_steps_make_what_the_schema_files_make(
    empty_database_url: str, server_url: str, template: str
) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        migrations.prepare(connection)
        with connection.transaction():
            connection.execute("SET LOCAL ROLE contacts_owner")
            connection.execute(TABLES.read_bytes())
        numbered.catch_up(connection)
    fresh = dumped(make_conninfo(server_url, dbname=template))
    assert len(fresh) > 500
    assert dumped(empty_database_url) == fresh, (
        "a change of schema.sql needs a migration in api/migrations that makes the same of older "
        "tables; before the first release, run python -m tests.house.first_release instead"
    )


def test_a_fresh_database_has_had_all_steps(
    empty_database_url: str, step: Callable[[str, str], None]
) -> None:
    step("0001_colours", "this is no SQL and must not be run")
    assert contacts(empty_database_url, "migrate").exit_code == 0
    assert done(empty_database_url) == ["0001_colours"]
    assert contacts(empty_database_url, "companies", "list").exit_code == 0


def test_an_older_database_is_refused_until_it_was_migrated(
    database_url: str, step: Callable[[str, str], None]
) -> None:
    step("0002_red", SECOND)
    step("0001_colours", FIRST)
    refused = contacts(database_url, "companies", "list")
    assert refused.exit_code == 1
    assert "lacks 0001_colours, 0002_red; run `contacts migrate`" in refused.stderr
    assert contacts(database_url, "migrate").stdout == "Done: 0001_colours, 0002_red.\n"
    assert columns(database_url)[-1] == "colour"
    assert contacts(database_url, "companies", "list").exit_code == 0
    assert contacts(database_url, "migrate").stdout == "The database is up to date.\n"


def test_a_server_that_does_not_migrate_refuses_an_older_database(
    database_url: str, step: Callable[[str, str], None]
) -> None:
    step("0001_colours", FIRST)
    with pytest.raises(migrations.NotMigrated, match="contacts migrate"):
        serve.prepare(Settings(migrate=False), database_url)
    assert done(database_url) == []
    serve.prepare(Settings(), database_url)
    assert done(database_url) == ["0001_colours"]


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        ("SELECT 1 / 0", "division by zero"),
        ("INSERT INTO edge.migration VALUES ('0002_wrong', '')", "duplicate key"),  # when noted
    ],
)
def test_a_step_that_fails_leaves_nothing_behind(
    database_url: str, step: Callable[[str, str], None], failure: str, said: str
) -> None:
    step("0001_colours", FIRST)
    step("0002_wrong", f"ALTER TABLE edge.company ADD COLUMN size text; {failure}")
    refused = contacts(database_url, "migrate")
    assert refused.exit_code == 1
    assert f"0002_wrong was taken back, as the database says: {said}" in refused.stderr
    assert (done(database_url), columns(database_url)[-1]) == (["0001_colours"], "colour")
    step("0002_wrong", "ALTER TABLE edge.company ADD COLUMN size text")
    assert contacts(database_url, "migrate").stdout == "Done: 0002_wrong.\n"


def test_of_several_that_migrate_at_once_one_does_it(
    database_url: str, step: Callable[[str, str], None]
) -> None:
    step("0001_colours", FIRST)
    step("0002_red", SECOND)
    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(migrations.migrate, [database_url] * 4))
    assert sorted(outcomes) == [[], [], [], ["0001_colours", "0002_red"]]


KILLED = """
import sys
from pathlib import Path
from api import migrations
from api.migrations import numbered
numbered.FOLDER = Path(sys.argv[1])
migrations.migrate(sys.argv[2])
"""


def test_one_that_was_killed_in_the_middle_is_made_up_for(
    database_url: str, step: Callable[[str, str], None]
) -> None:
    step("0001_colours", FIRST)
    step("0002_long", "ALTER TABLE edge.company ADD COLUMN size text; SELECT pg_sleep(600)")
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(numbered.FOLDER), database_url])
    assert eventually(lambda: asleep(database_url), 30)
    process.kill()
    process.wait()
    assert (done(database_url), columns(database_url)[-1]) == (["0001_colours"], "colour")
    step("0002_long", "ALTER TABLE edge.company ADD COLUMN size text")
    assert migrations.migrate(database_url) == ["0002_long"]  # waits for the lock of the dead


def asleep(url: str) -> bool:
    query = (
        "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    )
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchone() is not None


@pytest.fixture
def held(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """Somebody who reads a table for long, as a backup does."""
    with psycopg.connect(database_url) as connection:
        connection.execute("SELECT FROM edge.company")
        yield connection


def test_whoever_holds_a_table_is_waited_for_and_then_named_as_the_reason(
    database_url: str,
    step: Callable[[str, str], None],
    held: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    step("0001_colours", FIRST)
    monkeypatch.setattr(numbered, "PATIENCE_SECONDS", 0.0)
    refused = contacts(database_url, "migrate")
    assert refused.exit_code == 1
    assert "somebody holds the tables" in refused.stderr
    assert done(database_url) == []
    monkeypatch.setattr(numbered, "PATIENCE_SECONDS", 60.0)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(migrations.migrate, database_url)
        assert eventually(lambda: waits(database_url), 30)
        held.rollback()
        assert waiting.result(30) == ["0001_colours"]


def waits(url: str) -> bool:
    query = "SELECT FROM pg_locks WHERE NOT granted AND relation = 'edge.company'::regclass"
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchone() is not None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("INSERT INTO edge.migration VALUES ('0002_later', '')", "newer version of the service"),
        ("UPDATE edge.migration SET digest = ''", "0001_colours that is not the one of this"),
        ("DROP TABLE edge.migration", "older than the first release"),
    ],
)
def test_a_database_of_other_code_is_refused(
    database_url: str, step: Callable[[str, str], None], change: str, said: str
) -> None:
    step("0001_colours", FIRST)
    migrations.migrate(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute(change.encode())
    for command in (("migrate",), ("companies", "list"), ("projections", "rebuild")):
        refused = contacts(database_url, *command)
        assert refused.exit_code == 1
        assert said in refused.stderr


def test_a_backup_of_an_older_version_is_brought_up_to_date(
    database_url: str,
    empty_database_url: str,
    step: Callable[[str, str], None],
    tmp_path: Path,
) -> None:
    contacts(database_url, "companies", "create", "Old")
    step("0001_colours", FIRST)
    step("0002_red", SECOND)
    file = tmp_path / "backup"
    assert contacts(database_url, "backup", file).exit_code == 0
    restored = contacts(empty_database_url, "restore", file, "--accept-unerased")
    assert restored.exit_code == 0, restored.stderr
    assert columns(empty_database_url)[-1] == "colour"
    assert "Old" in contacts(empty_database_url, "companies", "list").stdout
    migrations.check(empty_database_url)
