"""Replays histories in a few threads with connections of their own, so that nobody else waits."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from psycopg_pool import ConnectionPool

from api.database import beside
from domain import errors
from domain.ports import Connection

THREADS = 2
"""Histories that are replayed at once in one process; further ones wait their turn.

Threads rather than processes: nearly every contact has fewer than a hundred events, which take some
milliseconds, and a thread costs no start and no second copy of the service in memory.
"""

PATIENCE_SECONDS = 10.0
"""How long a caller waits for the answer, its turn included."""

T = TypeVar("T")


class HistoryDesk:
    """Where the asynchronous edge asks for work that takes long and reads synchronously."""

    def __init__(self, database_url: str) -> None:
        """Connect when somebody asks for the first time."""
        self._pool: ConnectionPool[Any] = beside(database_url, THREADS)
        self._threads = ThreadPoolExecutor(THREADS, "history")

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Do the work with a connection in autocommit mode; Busy when it takes too long."""
        loop = asyncio.get_running_loop()
        try:
            return await asyncio.wait_for(
                loop.run_in_executor(self._threads, self._lend, work), PATIENCE_SECONDS
            )
        except TimeoutError as too_long:
            raise errors.Busy from too_long

    def _lend(self, work: Callable[[Connection], T]) -> T:
        with self._pool.connection() as connection:
            return work(connection)

    def close(self) -> None:
        """Finish what is under way, and give the connections back."""
        self._threads.shutdown(cancel_futures=True)
        self._pool.close()
