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

EDGE = ("api",)
"""Packages whose schema.sql makes tables of the edge, in this order."""


class MigrationError(Exception):
    """The database cannot be used as it is; the message says what to do."""


def migrate(database_url: str) -> bool:
    """Create what is missing; True when there was something to do. Safe when run twice at once."""
    with psycopg.connect(database_url, autocommit=True, connect_timeout=5) as connection:
        if connection.info.server_version < OLDEST_SERVER:
            msg = "the service needs PostgreSQL 15 or newer"
            raise MigrationError(msg)
        if connection.info.parameter_status("server_encoding") != "UTF8":
            msg = "the database must have the encoding UTF8"
            raise MigrationError(msg)
        connection.execute(LOCK)
        if exists(connection):
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
    with psycopg.connect(database_url, autocommit=True, connect_timeout=5) as connection:
        if not exists(connection):
            msg = "the database has no tables yet; run `contacts migrate`"
            raise MigrationError(msg)
        connection.execute("SET ROLE contacts_app")
        row = connection.execute("SELECT fingerprint FROM read.model").fetchone()
        if row is None or row[0] != fingerprint():
            msg = (
                "the read model was built by another version of the service; "
                "run that version, or this one on an empty database"
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
        for package in EDGE:
            connection.execute(sql(package, "schema.sql"))
        connection.execute("INSERT INTO edge.secret VALUES ('cursors', %s)", (os.urandom(32),))
        read_schema.create(connection, "read")


def exists(connection: Connection[Any]) -> bool:
    """Tell whether the tables are there; a schema of that name may be somebody else's."""
    row = connection.execute(
        "SELECT to_regnamespace('log') IS NOT NULL, to_regclass('log.company_log') IS NOT NULL"
    ).fetchone()
    schema, table = row or (False, False)
    if schema and not table:
        msg = "the database has a schema log that is not the service's; use another database"
        raise MigrationError(msg)
    return bool(table)


def sql(package: str, name: str) -> bytes:
    """Return an SQL file of a package."""
    return resources.files(package).joinpath(name).read_bytes()
