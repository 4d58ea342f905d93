"""The composition root: the only file that knows everybody."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from api.bulk.desk import BulkDesk
from api.cursors import Sealer
from api.database import keeping, reading, writing
from api.keys.keyring import Keyring
from api.settings import Settings
from api.writer import Writer
from domain.application.contacts import Contacts
from projections.inline import Inline

BULK_LOCK_TIMEOUT = "5s"
"""How long a list waits for its company's head; the writer holds it for milliseconds."""


@dataclass(frozen=True, slots=True)
class Service:
    """What a running process consists of."""

    settings: Settings
    pool: AsyncConnectionPool[Any]
    edge: AsyncConnectionPool[Any]
    writer: Writer
    bulk: BulkDesk
    keyring: Keyring
    sealer: Sealer

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection[Any]]:
        """Lend a connection for reading; after an error it is not used again.

        psycopg loses count of what is prepared when a pipeline breaks: later reads would fail for
        statements that the server does not know.
        """
        async with self.pool.connection() as connection:
            try:
                yield connection
            except psycopg.Error:
                await connection.close()
                raise


@asynccontextmanager
async def service(
    settings: Settings, database_url: str, on_death: Callable[[], None]
) -> AsyncIterator[Service]:
    """Put the service together and take it apart; `on_death` ends a process that cannot write."""
    contacts = Contacts(writing(database_url), Inline())
    writer = Writer(
        contacts,
        queue_limit=settings.queue_limit,
        batch_requests=settings.batch_events,
        batch_companies=settings.batch_companies,
        on_death=on_death,
    )
    bulk = BulkDesk(Contacts(writing(database_url, BULK_LOCK_TIMEOUT), Inline()))
    async with (
        reading(database_url, settings.pool_size) as pool,
        keeping(database_url, settings.pool_size) as edge,
    ):
        sealer = await cursor_sealer(pool)
        writer.start()
        try:
            yield Service(settings, pool, edge, writer, bulk, Keyring(pool), sealer)
        finally:
            writer.close()
            bulk.close()


async def cursor_sealer(pool: AsyncConnectionPool[Any]) -> Sealer:
    """Seal with the secret that all processes on this database share."""
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT value FROM edge.secret WHERE name = 'cursors'")
        row = await cursor.fetchone()
    if row is None:
        msg = "the database has no secret for cursors"
        raise LookupError(msg)
    return Sealer(row.value)
