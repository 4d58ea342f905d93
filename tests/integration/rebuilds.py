"""Hides how tests rebuild a read model, interrupt that, and compare by plain SQL."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier

from api.companies import register
from api.database import rebuilding, writing
from api.demo_data.load import load, plans
from domain.application.contacts import Contacts
from domain.application.requests import Done
from domain.contact.commands import EraseContact
from projections.forgetting import forget
from projections.inline import VIEWS, Inline
from projections.rebuild import pieces
from projections.rebuild.rebuilding import rebuild
from projections.rebuild.reporting import Report, Wish
from tests.integration.writing import asking, to

Database = psycopg.Connection[Any]
TABLES = (*(view.name for view in VIEWS), "contact_count")


def quiet(_phase: str, _done: int, _total: int) -> None:
    """Show nothing."""


def rebuilt(url: str, tell: Callable[[str, int, int], None] = quiet, **wish: Any) -> Report:
    """Rebuild in this process."""
    return rebuild(rebuilding(url), Wish(**wish), tell)


@contextmanager
def small_pieces(events: int) -> Iterator[None]:
    """Cut the log into pieces of this size meanwhile, so that a little of it needs several."""
    before = pieces.PIECE_EVENTS
    pieces.PIECE_EVENTS = events
    try:
        yield
    finally:
        pieces.PIECE_EVENTS = before


def differing(database: Database, one: str, two: str) -> dict[str, list[Any]]:
    """Return what stands in one of two read models only, by table; counters of 0 do not count."""
    found = {}
    for table in TABLES:
        only = SQL(" WHERE contacts <> 0" if table == "contact_count" else "")
        parts = {
            "one": SQL("SELECT * FROM {}").format(Identifier(one, table)) + only,
            "two": SQL("SELECT * FROM {}").format(Identifier(two, table)) + only,
        }
        query = SQL("({one} EXCEPT {two}) UNION ALL ({two} EXCEPT {one})").format(**parts)
        if rows := database.execute(query).fetchall():
            found[table] = rows
    return found


def digests(database: Database, schema: str = "read") -> list[Any]:
    """Return what can be compared of all rows: the same before and after, if nothing changed."""
    queries = [
        SQL("SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t").format(
            Identifier(schema, view.name)
        )
        for view in VIEWS
    ]
    return [database.execute(query).fetchall() for query in queries]


def schemas(database: Database) -> set[str]:
    """Return which read models there are."""
    query = "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, 'read')"
    return {name for (name,) in database.execute(query)}


def made_up(database: Database, contacts: int, events: int, seed: int = 1) -> list[UUID]:
    """Write histories of made-up people into new companies."""
    companies = []
    for plan in plans(contacts, events):
        company_id = register.create(database, f"Made up {seed}-{plan.rank}", "DE")
        load(database, company_id, plan, Random(f"{seed}/{plan.rank}"), lambda _: None)
        companies.append(company_id)
    return companies


def some_contacts(database: Database, number: int) -> list[tuple[UUID, UUID]]:
    """Return company and id of some live contacts, of companies of all sizes."""
    query = (
        "SELECT company_id, contact_id FROM read.contact WHERE status = 'live' "
        "ORDER BY md5(contact_id::text) LIMIT %s"
    )
    return database.execute(query, (number,)).fetchall()


def erase(url: str, company_id: UUID, contact_id: UUID) -> dict[str, int]:
    """Erase a contact: the event, then the data of the others, and the read models' rows."""
    side = Contacts(writing(url, "5s"), Inline())
    request = asking(company_id, to(contact_id, EraseContact("subject_request")))
    try:
        (outcome,) = side.run([request], wait=True)
    finally:
        side.close()
    assert isinstance(outcome, Done), outcome
    with psycopg.connect(url, options="-c role=contacts_app") as connection:
        connection.execute("SELECT log.erase(%s, %s)", (company_id, contact_id))
        return forget(connection, company_id, contact_id)


RUN = """
import os, signal, sys, threading
from projections.rebuild import pieces
from projections.rebuild.rebuilding import Wish, rebuild
from api.database import rebuilding

pieces.PIECE_EVENTS = 300
begun = set()

def tell(phase, done, total):
    print(phase, flush=True)
    if phase == sys.argv[2] and (done or not total) and phase not in begun:
        begun.add(phase)
        process = int(sys.argv[4]) or os.getpid()
        end = lambda: os.kill(process, getattr(signal, sys.argv[5]))
        threading.Timer(float(sys.argv[3]), end).start()

if __name__ == "__main__":
    rebuild(rebuilding(sys.argv[1]), Wish(jobs=2), tell)
"""


def interrupted(
    url: str, phase: str, delay: float, signal: str = "SIGKILL", process: int = 0
) -> list[str]:
    """Return what rebuilds and, so many seconds into a phase, ends itself or another process."""
    return [sys.executable, "-c", RUN, url, phase, str(delay), str(process), signal]


CHECKOUT = Path(__file__).parents[2]
