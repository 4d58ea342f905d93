"""Brings a database to the tables that this code needs, once, whoever starts first."""

import os
from importlib import resources
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.errors import InsufficientPrivilege

from projections import schema as read_schema
from projections.inline import fingerprint

LOCK = "SELECT pg_advisory_lock(hashtextextended('contacts/migrate', 0))"
EXTENSIONS = ("pg_trgm", "btree_gin")
OLDEST_SERVER = 150_000


class MigrationError(Exception):
    """The database cannot be used as it is; the message says what to do."""


def migrate(database_url: str) -> bool:
    """Create what is missing; True when there was something to do. Safe when run twice at once."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        if connection.info.server_version < OLDEST_SERVER:
            msg = "the service needs PostgreSQL 15 or newer"
            raise MigrationError(msg)
        if connection.info.parameter_status("server_encoding") != "UTF8":
            msg = "the database must have the encoding UTF8"
            raise MigrationError(msg)
        connection.execute(LOCK)
        if exists(connection, "log"):
            return False
        try:
            create(connection)
        except InsufficientPrivilege as refused:
            msg = (
                "the database user may not create roles, extensions or schemas; run "
                "`contacts migrate` once with the DATABASE_URL of a superuser, then "
                "GRANT contacts_owner, contacts_app TO the user of the service"
            )
            raise MigrationError(msg) from refused
    return True


def check(database_url: str) -> None:
    """Refuse a database whose tables are not those of this code, and say which command helps."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        if not exists(connection, "log"):
            msg = "the database has no tables yet; run `contacts migrate`"
            raise MigrationError(msg)
        row = connection.execute("SELECT fingerprint FROM read.model").fetchone()
        if row is None or row[0] != fingerprint():
            msg = (
                "the read model was built by another version of the service; "
                "run `contacts projections rebuild`"
            )
            raise MigrationError(msg)


def create(connection: Connection[Any]) -> None:
    """Create roles, extensions and tables on an empty database."""
    connection.execute(sql("domain.eventlog", "roles.sql"))
    for extension in EXTENSIONS:
        connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public")
    with connection.transaction():
        connection.execute("SET LOCAL ROLE contacts_owner")
        connection.execute(sql("domain.eventlog", "schema.sql"))
        connection.execute(sql("api", "schema.sql"))
        connection.execute("INSERT INTO edge.secret VALUES ('cursors', %s)", (os.urandom(32),))
        read_schema.create(connection, "read")


def exists(connection: Connection[Any], schema: str) -> bool:
    """Tell whether the database has the schema."""
    row = connection.execute("SELECT to_regnamespace(%s) IS NOT NULL", (schema,)).fetchone()
    return row is not None and bool(row[0])


def sql(package: str, name: str) -> bytes:
    """Return an SQL file of a package."""
    return resources.files(package).joinpath(name).read_bytes()
