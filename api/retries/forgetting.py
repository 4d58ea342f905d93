"""How receipts are forgotten: after a day, and what they say at once when a person is erased."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from api.background import meanwhile
from domain.errors import anonymous
from domain.ports import Connection

SWEEP_SECONDS = 600.0

# The keys stay: who repeats a write must be told that it was done, not have it done again.
FORGET = """
    UPDATE edge.receipt SET answer = NULL, digest = NULL
    WHERE company_id = %s AND contact_ids @> ARRAY[%s]::uuid[] AND answer IS NOT NULL
"""

EXPIRE = "DELETE FROM edge.receipt WHERE created_at < clock_timestamp() - interval '24 hours'"

logger = logging.getLogger(__name__)


def forget(connection: Connection, company_id: UUID, contact_id: UUID) -> int:
    """Blank what was answered about an erased contact; return how many answers there were."""
    return connection.execute(FORGET, (company_id, contact_id)).rowcount


@asynccontextmanager
async def expiring(pool: AsyncConnectionPool[Any]) -> AsyncIterator[None]:
    """Remove old receipts again and again meanwhile."""
    async with meanwhile(expire_for_ever(pool)):
        yield


async def expire_for_ever(pool: AsyncConnectionPool[Any]) -> None:
    """Try it every ten minutes; what is too old is not found anyway."""
    while True:
        try:
            await expire(pool)
        except (psycopg.Error, PoolTimeout) as failure:
            logger.warning("receipts could not be removed: %s", anonymous(failure))
        await asyncio.sleep(SWEEP_SECONDS)


async def expire(pool: AsyncConnectionPool[Any]) -> int:
    """Remove receipts that are older than a day; return how many there were."""
    async with pool.connection() as connection:
        cursor = await connection.execute(EXPIRE)
        count: int = cursor.rowcount
    return count
