"""Work that goes on beside a block of code and ends with it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from domain.errors import anonymous

AGAIN_SECONDS = 2.0
"""How long a task may take to end before it is cancelled again."""

logger = logging.getLogger(__name__)


@asynccontextmanager
async def meanwhile(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run these while the block runs; in the end they are cancelled and waited for."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        await end(tasks)
        for task in tasks:
            if not task.cancelled() and (failure := task.exception()) is not None:
                logger.error("work in the background had ended: %s", anonymous(failure))


async def end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel tasks until they have ended.

    Once is not enough before Python 3.12: asyncio.wait_for, by which a pool waits for a connection,
    loses a cancellation that comes together with what it waits for.
    """
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=AGAIN_SECONDS)
