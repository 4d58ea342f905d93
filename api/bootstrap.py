"""The composition root: the only file that knows everybody."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from psycopg_pool import AsyncConnectionPool

from api.database import reading, writing
from api.keys.keyring import Keyring
from api.settings import Settings
from api.writer import Writer
from domain.application.contacts import Contacts
from projections.inline import Inline


@dataclass(frozen=True, slots=True)
class Service:
    """What a running process consists of."""

    pool: AsyncConnectionPool[Any]
    writer: Writer
    keyring: Keyring


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
    async with reading(database_url, settings.pool_size) as pool:
        writer.start()
        try:
            yield Service(pool, writer, Keyring(pool))
        finally:
            writer.close()
