"""Notes when keys were last used, now and then and all at once, never in a request's way."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from api.background import meanwhile
from api.keys.keyring import USED, Keyring
from domain.errors import anonymous

EVERY_SECONDS = 60.0

logger = logging.getLogger(__name__)


@asynccontextmanager
async def noting(pool: AsyncConnectionPool[Any], keyring: Keyring) -> AsyncIterator[Keyring]:
    """Note the use of its keys as long as the service runs, and once more in the end."""
    try:
        async with meanwhile(note_for_ever(pool, keyring)):
            yield keyring
    finally:
        await try_to_note(pool, keyring)


async def note_for_ever(pool: AsyncConnectionPool[Any], keyring: Keyring) -> None:
    """Note again and again; the time of a use is right to the minute."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        await try_to_note(pool, keyring)


async def try_to_note(pool: AsyncConnectionPool[Any], keyring: Keyring) -> None:
    """Note, or say why not: a key that goes on being used is noted the next time."""
    try:
        await note(pool, keyring)
    except (psycopg.Error, PoolTimeout) as failure:
        logger.warning("the use of keys was not noted: %s", anonymous(failure))


async def note(pool: AsyncConnectionPool[Any], keyring: Keyring) -> None:
    """Note the keys that were used since the last time."""
    used = keyring.take_used()
    if not used:
        return
    columns = ([company_id for company_id, _ in used], [key_id for _, key_id in used])
    async with pool.connection() as connection:
        await connection.execute(USED, columns)
