"""Lets callers wait for an event without a database connection: one look at the heads for all."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from api.problems import TooManyWaiting
from domain.errors import anonymous

MOST_WAITING = 100
"""Callers that may wait in one process at the same time."""

LOOK_SECONDS = 0.1
"""How long an event may be recorded before those who wait for it hear of it."""

HEADS = "SELECT company_id, position FROM log.company_log WHERE company_id = ANY(%s)"

logger = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Waiter:
    """Somebody who waits for the first event behind a position."""

    company_id: UUID
    position: int
    heard: asyncio.Event = field(default_factory=asyncio.Event)


class Watch:
    """Wakes those who wait, of any company, by one query every LOOK_SECONDS while there are any."""

    def __init__(
        self, reading: Callable[[], AbstractAsyncContextManager[AsyncConnection[Any]]]
    ) -> None:
        """`reading` lends a connection for a moment."""
        self._reading = reading
        self._waiters: set[Waiter] = set()
        self._looking: asyncio.Task[None] | None = None
        self._closing = False

    async def beyond(self, company_id: UUID, position: int, seconds: float) -> bool:
        """Return True once the log has grown beyond the position.

        False when the time is over before, or the process ends. Raises TooManyWaiting.
        """
        with self._waiting(company_id, position) as waiter, suppress(TimeoutError):
            await asyncio.wait_for(waiter.heard.wait(), seconds)
        return waiter.heard.is_set() and not self._closing

    @contextmanager
    def _waiting(self, company_id: UUID, position: int) -> Iterator[Waiter]:
        if len(self._waiters) >= MOST_WAITING:
            raise TooManyWaiting
        waiter = Waiter(company_id, position)
        self._waiters.add(waiter)
        if self._closing:
            waiter.heard.set()
        elif self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield waiter
        finally:
            self._waiters.discard(waiter)

    async def _look(self) -> None:
        """Look at the heads again and again, until nobody waits any more."""
        while self._waiters:
            try:
                self._wake(await self._heads())
            except psycopg.Error as failure:
                # whoever waits is told by their own read, once their time is over
                logger.warning("looking at the heads failed: %s", anonymous(failure))
            await asyncio.sleep(LOOK_SECONDS)

    async def _heads(self) -> dict[UUID, int]:
        companies = list({waiter.company_id for waiter in self._waiters})
        async with self._reading() as connection:
            cursor = await connection.execute(HEADS, (companies,))
            return {row.company_id: row.position for row in await cursor.fetchall()}

    def _wake(self, heads: dict[UUID, int]) -> None:
        for waiter in self._waiters:
            if heads.get(waiter.company_id, 0) > waiter.position:
                waiter.heard.set()

    def close(self) -> None:
        """Let everybody go, so that the process need not wait for them."""
        self._closing = True
        for waiter in self._waiters:
            waiter.heard.set()
