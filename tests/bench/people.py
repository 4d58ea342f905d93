"""Databases with so many contacts, kept from run to run, and copies of them to write to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from urllib.parse import urlencode
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from api.companies import register
from api.database import editing
from api.demo_data.load import load, plans
from tests.bench import searching
from tests.bench.machine import promises
from tests.bench.questions import LARGEST, PAGE_SIZE, Question, questions
from tests.bench.servers import database, get, header, migrated
from tests.bench.stage import Stage

MADE = "SELECT FROM pg_database WHERE datname = %s"
OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"


@dataclass(frozen=True)
class Callers:
    """Who calls in such a database: the largest company, and everybody who searches."""

    largest: str
    """The header of its calls."""
    searches: list[str]
    """The fixed questions as requests."""


def place(stage: Stage, contacts: int) -> str:
    """Return the name of the database with so many contacts; the first time they are made."""
    size, server_url = stage.size, stage.server_url
    if contacts == size.contacts:
        searching.make(server_url, size.data, contacts, stage.tell)
        return str(conninfo_to_dict(server_url)["dbname"])
    name = f"people_{contacts}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        if connection.execute(MADE, (name,)).fetchone() is None:
            stage.tell(f"making {contacts:,} contacts first")
            fill(migrated(server_url, f"{name}_new"), contacts)
            whole = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            connection.execute(whole.format(*map(sql.Identifier, (f"{name}_new", name))))
    return name


def fill(url: str, contacts: int) -> None:
    """Make up contacts as `contacts demo-data` does."""
    with psycopg.connect(url, autocommit=True) as connection:
        for plan in plans(contacts, contacts * 5 // 2):
            company_id = register.create(connection, f"Demo {plan.rank}", "DE")
            load(connection, company_id, plan, Random(plan.rank), lambda _: None)
        connection.execute("VACUUM ANALYZE")


@contextmanager
def copied(stage: Stage, contacts: int) -> Iterator[str]:
    """Give the URL of a copy, which is dropped when it was used."""
    source, name = place(stage, contacts), f"copy_{contacts}"
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
        sql.Identifier(name), sql.Identifier(source)
    )
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(database(stage.server_url, "postgres"), autocommit=True) as connection:
        connection.execute(OTHERS, (source,))  # a template must have no connections
        connection.execute(drop)
        connection.execute(copy)
        url = database(stage.server_url, name)
        promises(url)
        try:
            yield url
        finally:
            connection.execute(drop)


def callers(url: str) -> Callers:
    """Make keys for the companies that are asked for."""
    with editing(url) as connection:
        sizes = connection.execute(LARGEST).fetchall()
        headers = {company_id: header(connection, company_id) for company_id, _ in sizes}
        asked = [get(path(one), headers[one.company_id]) for one in questions(connection)]
    return Callers(headers[sizes[0][0]], asked)


def path(question: Question) -> str:
    """Return where a question is answered."""
    query: list[tuple[str, str | int | UUID]] = [("limit", PAGE_SIZE)]
    query += [("tags", tag) for tag in question.tags]
    query += [("searchTerm", question.term)] if question.term else []
    query += [("ownerId", question.owner_id)] if question.owner_id else []
    query += [("page", question.offset // PAGE_SIZE + 1)] if question.offset else []
    return f"/crm?{urlencode(query)}"
