"""Brings a database to the tables that this code needs, once, whoever starts first."""

import os
import re
from contextlib import suppress
from importlib import resources
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.errors import InsufficientPrivilege

from api.database import with_options
from api.migrations import numbered
from api.migrations.errors import MigrationError, NotMigrated, OtherReadModel
from projections import schema as read_schema
from projections.inline import fingerprint

__all__ = ["MigrationError", "NotMigrated", "OtherReadModel"]

LOCK = "SELECT pg_advisory_lock(hashtextextended('contacts/migrate', 0))"
OPTIONS = "-c client_connection_check_interval=500"
"""Killed in the middle of a long statement, a migration must not keep the lock."""

EXTENSIONS = ("pg_trgm", "btree_gin")
OLDEST_SERVER = 150_000

EDGE = (
    "api",
    "api.rebuilds",
    "api.optin",
    "api.intake",
    "api.audit",
    "api.imports",
    "api.retries",
    "api.reports",
)
"""Packages whose schema.sql makes tables of the edge, in this order."""

SECRETS = ("cursors", "optin", "retries")
"""What all processes on a database share."""

UNFINISHED = "contacts_restore"
"""The schema that is there while a backup is being restored."""

CREATED = re.compile(rb"^CREATE TABLE (\w+\.\w+)", re.MULTILINE)

MISSING = (
    "SELECT coalesce(array_agg(name ORDER BY name), '{}') FROM unnest(%s::text[]) AS name "
    "WHERE to_regclass(name) IS NULL"
)
"""Which of these tables are not there."""


def migrate(database_url: str) -> list[str]:
    """Create what is missing, or do what is lacking; safe when run twice at once, and when killed.

    Returns what was done in words for the operator: nothing when the database was up to date.
    """
    conninfo = with_options(database_url, OPTIONS)
    with psycopg.connect(conninfo, autocommit=True, connect_timeout=5) as connection:
        check_server(connection)
        connection.execute(LOCK)
        if not exists(connection):
            create(connection)
            return ["the tables"]
        # a database made as a copy has the tables but not the rights to make more of them
        with suppress(InsufficientPrivilege):
            connection.execute(sql("domain.eventlog", "roles.sql"))
        return numbered.catch_up(connection)


def check_server(connection: Connection[Any]) -> None:
    """Refuse a server or a database that the service cannot work with."""
    if connection.info.server_version < OLDEST_SERVER:
        msg = "the service needs PostgreSQL 15 or newer"
        raise MigrationError(msg)
    if connection.info.parameter_status("server_encoding") != "UTF8":
        msg = "the database must have the encoding UTF8"
        raise MigrationError(msg)


def check(database_url: str) -> None:
    """Refuse a database whose tables are not those of this code, and say which command helps."""
    with psycopg.connect(database_url, autocommit=True, connect_timeout=5) as connection:
        check_tables(connection)
        connection.execute("SET ROLE contacts_app")
        if read_schema.built_by(connection, read_schema.LIVE) != fingerprint():
            raise OtherReadModel


def check_tables(connection: Connection[Any]) -> None:
    """Refuse a database whose tables are not there, or not those of this code."""
    require_tables(connection)
    numbered.require_all(connection)


def require_tables(connection: Connection[Any]) -> None:
    """Refuse a database without tables; they may be those of another version."""
    if not exists(connection):
        msg = "the database has no tables yet; run `contacts migrate`"
        raise MigrationError(msg)


def create(connection: Connection[Any]) -> None:
    """Create roles, extensions and tables on an empty database."""
    try:
        prepare(connection)
        with connection.transaction():
            connection.execute("SET LOCAL ROLE contacts_owner")
            create_tables(connection)
            read_schema.create(connection, "read")
    except InsufficientPrivilege as refused:
        msg = (
            "the database user may not create roles, extensions or schemas; run "
            "`contacts migrate` once with the DATABASE_URL of a superuser, then "
            "GRANT contacts_owner, contacts_app TO the user of the service"
        )
        raise MigrationError(msg) from refused


def prepare(connection: Connection[Any]) -> None:
    """Create roles and extensions."""
    connection.execute(sql("domain.eventlog", "roles.sql"))
    for extension in EXTENSIONS:
        connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public")


def create_tables(connection: Connection[Any]) -> None:
    """Create all tables but those of the read model, as they are after every numbered step."""
    for statements in schemas():
        connection.execute(statements)
    for secret in SECRETS:
        connection.execute("INSERT INTO edge.secret VALUES (%s, %s)", (secret, os.urandom(32)))
    for step in numbered.known():
        numbered.note(connection, step)


def unfinished(connection: Connection[Any]) -> bool:
    """Tell whether a restore has begun and not ended, so that nobody may work here."""
    row = connection.execute("SELECT to_regnamespace(%s) IS NOT NULL", (UNFINISHED,)).fetchone()
    return row == (True,)


def exists(connection: Connection[Any]) -> bool:
    """Tell whether the tables are there; a schema of that name may be somebody else's."""
    if unfinished(connection):
        msg = "a restore has not come to its end here; run `contacts restore` again"
        raise MigrationError(msg)
    row = connection.execute(
        "SELECT to_regnamespace('log') IS NOT NULL, to_regclass('log.company_log') IS NOT NULL"
    ).fetchone()
    schema, table = row or (False, False)
    if schema and not table:
        msg = "the database has a schema log that is not the service's; use another database"
        raise MigrationError(msg)
    return bool(table)


def missing(connection: Connection[Any]) -> list[str]:
    """Name the tables that this code works with and that the database does not have."""
    row = connection.execute(MISSING, (tables(),)).fetchone()
    return row[0] if row else []


def tables() -> list[str]:
    """Name all tables but those of the read model, which has a fingerprint."""
    return [name.decode() for statements in schemas() for name in CREATED.findall(statements)]


def schemas() -> list[bytes]:
    """Return what makes these tables, in order."""
    return [sql(package, "schema.sql") for package in ("domain.eventlog", *EDGE)]


def sql(package: str, name: str) -> bytes:
    """Return an SQL file of a package."""
    return resources.files(package).joinpath(name).read_bytes()
