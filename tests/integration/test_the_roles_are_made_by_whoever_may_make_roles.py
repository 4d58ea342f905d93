"""roles.sql, under other names: the real roles belong to the whole cluster and are in use."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

import domain.eventlog

EVENTLOG = Path(str(domain.eventlog.__file__)).parent
PASSWORD = "only-for-this-test"


@dataclass(frozen=True)
class Migration:
    """A user who may make roles and databases, and the scripts with roles of its own."""

    url: str
    name: str

    def script(self, file: str) -> bytes:
        text = (EVENTLOG / file).read_text(encoding="utf-8")
        return text.replace("contacts_", f"{self.name}_").encode()


@pytest.fixture
def migration(empty_database_url: str) -> Iterator[Migration]:
    name = f"r{uuid4().hex[:12]}"
    with psycopg.connect(empty_database_url, autocommit=True) as admin:
        database = admin.info.dbname
        admin.execute(f"CREATE ROLE {name} LOGIN CREATEROLE CREATEDB PASSWORD '{PASSWORD}'")
        admin.execute(f'ALTER DATABASE "{database}" OWNER TO {name}')
        yield Migration(make_conninfo(empty_database_url, user=name, password=PASSWORD), name)
        admin.execute(f'ALTER DATABASE "{database}" OWNER TO CURRENT_USER')
        for role in (f"{name}_app", f"{name}_owner", name):
            admin.execute(f"DROP OWNED BY {role}")
            admin.execute(f"DROP ROLE {role}")


def test_a_user_who_is_no_superuser_makes_them_and_becomes_both(migration: Migration) -> None:
    for _ in range(2):  # the second time nothing is left to do
        with psycopg.connect(migration.url) as connection:
            connection.execute(migration.script("roles.sql"))
    with psycopg.connect(migration.url) as connection:
        connection.execute(f"SET LOCAL ROLE {migration.name}_owner")
        connection.execute(migration.script("schema.sql"))
    with psycopg.connect(migration.url, options=f"-c role={migration.name}_app") as connection:
        connection.execute("SELECT log.open_company(gen_random_uuid())")
        heads = connection.execute("SELECT position FROM log.company_log").fetchall()
    assert heads == [(0,)]


def test_migrations_of_several_databases_may_make_them_at_once(migration: Migration) -> None:
    databases = [f"{migration.name}_{number}" for number in range(3)]
    together = Barrier(len(databases), timeout=30)

    def migrate(database: str) -> None:
        with psycopg.connect(migration.url, dbname=database) as connection:
            together.wait()
            connection.execute(migration.script("roles.sql"))

    with psycopg.connect(migration.url, autocommit=True) as connection:
        for database in databases:
            connection.execute(f"CREATE DATABASE {database}")
        with ThreadPoolExecutor(len(databases)) as threads:
            outcomes = [threads.submit(migrate, database) for database in databases]
        for database in databases:
            connection.execute(f"DROP DATABASE {database}")
    assert [outcome.exception() for outcome in outcomes] == [None] * len(databases)
