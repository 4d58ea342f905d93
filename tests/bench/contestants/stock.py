"""The same application, saving through the library's own PostgreSQL recorder plus a read row.

Edge, models, rules, events and fold are ours. What differs is how a contact is saved: a thread a
request, one transaction a save, as the library's documentation shows it. Its database functions are
off, as they are by default: with them it loses events. The read row is written in the transaction
of the events, by the library's hook for that, since this is faster than a transaction of its own.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from fastapi import FastAPI
from psycopg import Cursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from uuid_utils.compat import uuid7

from api import app as application
from api.writer import Writer
from domain import errors
from domain.application.requests import Change, Done, Request
from domain.contact.contact import Contact
from domain.eventlog.mapper import ContactMapper
from domain.kernel import Pending, Recorded
from projections.inline import CONTACTS, ContactRows

POOL_SIZE = 8

COLUMNS = ("company_id", "contact_id", *CONTACTS.columns)
UPSERT = (
    f"INSERT INTO read.contact ({', '.join(COLUMNS)}) "
    f"VALUES ({', '.join('%s' for _ in COLUMNS)}) "
    "ON CONFLICT (company_id, contact_id) DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in CONTACTS.columns)
)


class Recorder(PostgresApplicationRecorder):
    """The library's recorder with a row written beside the events."""

    def _insert_events(
        self,
        curs: Cursor[DictRow],
        stored_events: Sequence[StoredEvent],
        *,
        row: Sequence[object] = (),
        **_: object,
    ) -> None:
        super()._insert_events(curs, stored_events)
        curs.execute(UPSERT, row, prepare=True)


class Contacts(Application[UUID]):
    """The library's application, on PostgreSQL."""

    def construct_mapper(self) -> ContactMapper:
        """Keep the events of the service; its mapper is faster than the library's."""
        return ContactMapper()


class Saver:
    """Takes the place of the writer: each request is saved on its own, in a thread."""

    alive = True

    def __init__(self, database_url: str) -> None:
        """Set the library up for this database."""
        parts = conninfo_to_dict(database_url)
        self._contacts = Contacts(
            env={
                "PERSISTENCE_MODULE": "eventsourcing.postgres",
                "APPLICATION_RECORDER_TOPIC": f"{__name__}:Recorder",
                "POSTGRES_DBNAME": str(parts["dbname"]),
                "POSTGRES_HOST": str(parts["host"]),
                "POSTGRES_PORT": str(parts["port"]),
                "POSTGRES_USER": str(parts["user"]),
                "POSTGRES_PASSWORD": str(parts["password"]),
                "POSTGRES_POOL_SIZE": str(POOL_SIZE),
                "POSTGRES_MAX_OVERFLOW": "0",
            }
        )
        self._threads = ThreadPoolExecutor(POOL_SIZE)

    async def submit(self, request: Request) -> Done:
        """Save in a thread, so that the loop goes on."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.save, request)

    def save(self, request: Request) -> Done:
        """Create a contact, the only wish that is measured."""
        contact = Contact(uuid7())
        contact.execute(request.steps[0].command)
        pending = contact.collect_events()
        rows = ContactRows(request.company_id, contact.id)
        for event in pending:
            rows.fold(recorded(event))
        try:
            self._contacts.save(*pending, row=values(rows))
        except IntegrityError as taken:
            raise errors.EmailTaken(contact.id) from taken
        return Done([Change(contact.id, contact.version, created=True, changed=True, rows=rows)])

    def close(self) -> None:
        """Give the connections back."""
        self._threads.shutdown()
        self._contacts.close()


def recorded(event: Pending) -> Recorded:
    """Return an event as the fold takes it; its position is known to nobody yet."""
    return Recorded(
        event.originator_id, event.originator_version, event.event, 0, datetime.now(UTC)
    )


def values(rows: ContactRows) -> list[object]:
    """Return the read row in the order of COLUMNS."""
    row = rows.of(CONTACTS)[()]
    named = {name: getattr(row, name) for name in CONTACTS.columns}
    named["tags"] = list(row.tags)
    named["additional_data"] = Jsonb(row.additional_data)
    named["address"] = None if row.address is None else Jsonb(row.address.model_dump())
    return [rows.company_id, rows.contact_id, *named.values()]


def create() -> FastAPI:
    """Build the application of the service, and put the saver in the place of its writer."""
    app = application.create()
    service_lives = app.router.lifespan_context
    saver = Saver(os.environ["DATABASE_URL"])

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with service_lives(app):
            app.state.service = replace(app.state.service, writer=cast("Writer", saver))
            yield
        saver.close()

    app.router.lifespan_context = lifespan
    return app
