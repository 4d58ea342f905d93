"""Ends a server whose read model was switched to one that other code has built."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from api import lifeline
from api.background import meanwhile
from projections.inline import fingerprint

EVERY_SECONDS = 1.0
BUILT_BY = "SELECT fingerprint FROM read.model"

logger = logging.getLogger(__name__)


@asynccontextmanager
async def ending_at_a_switch(
    pool: "AsyncConnectionPool[psycopg.AsyncConnection[object]]",
) -> AsyncIterator[None]:
    """Watch while the block runs."""
    async with meanwhile(watch(pool)):
        yield


async def watch(pool: "AsyncConnectionPool[psycopg.AsyncConnection[object]]") -> None:
    """Look again and again; a write would notice too, but perhaps nobody writes."""
    own = fingerprint()
    while True:
        if await built_by(pool) not in (own, None):
            logger.warning("the read model was switched to one of other code: this server ends")
            lifeline.end_all()
        await asyncio.sleep(EVERY_SECONDS)


async def built_by(
    pool: "AsyncConnectionPool[psycopg.AsyncConnection[object]]",
) -> str | None:
    """Return which code built the live read model; None while the database cannot tell."""
    try:
        async with pool.connection() as connection:
            row = await (await connection.execute(BUILT_BY)).fetchone()
    except (psycopg.Error, PoolTimeout):
        return None
    return row[0] if isinstance(row, tuple) else None
