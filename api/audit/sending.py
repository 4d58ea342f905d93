"""Carries checkpoints out of the house while the service runs: into a directory, to a URL."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.request import HTTPRedirectHandler, Request, build_opener
from uuid import UUID

import structlog
from psycopg_pool import AsyncConnectionPool

from api.audit.checkpoints import as_file, checkpoint
from api.audit.schemas import Checkpoint
from api.audit.signing import Signer
from api.background import meanwhile
from api.settings import Settings

log = structlog.get_logger("contacts.audit")

RETRY_SECONDS = 60.0
TIMEOUT_SECONDS = 5.0

HEADS = (
    "SELECT company_id, position, hash, recorded_at FROM log.company_log "
    "WHERE position > 0 ORDER BY company_id"
)


class Sender:
    """Sends a company's checkpoint whenever its log has grown since the last one that arrived.

    What arrived is remembered by the process alone: after a start, and from each of several
    processes, a checkpoint comes once more, byte by byte the same.
    """

    def __init__(self, settings: Settings, signer: Signer, pool: AsyncConnectionPool[Any]) -> None:
        """Read the heads through `pool`."""
        self._settings = settings
        self._signer = signer
        self._pool = pool
        self._arrived: dict[UUID, int] = {}

    async def forever(self) -> None:
        """Send at the interval; after a failure sooner, if the interval is longer than that."""
        interval = float(self._settings.checkpoint_interval)
        while True:
            whole = await self.round()
            await asyncio.sleep(interval if whole else min(interval, RETRY_SECONDS))

    async def round(self) -> bool:
        """Send what is new; False when something did not arrive. Nothing stops the others."""
        try:
            async with self._pool.connection() as connection:
                heads = await (await connection.execute(HEADS)).fetchall()
        except Exception as error:  # noqa: BLE001  # whatever it is, the next round tries again
            log.warning("checkpoints_not_made", error=type(error).__name__)
            return False
        new = [head for head in heads if head.position > self._arrived.get(head.company_id, 0)]
        return all([await self.send(checkpoint(self._signer, *head)) for head in new])

    async def send(self, fresh: Checkpoint) -> bool:
        """Send one checkpoint everywhere; False when it did not arrive."""
        try:
            await asyncio.to_thread(deliver, self._settings, fresh)
        except Exception as error:  # noqa: BLE001  # whatever it is, the next round tries again
            # not the text of the error: it may hold the URL, and with it a secret
            company_id = str(fresh.company_id)
            log.warning("checkpoint_not_sent", company=company_id, error=type(error).__name__)
            return False
        self._arrived[fresh.company_id] = fresh.position
        return True


def deliver(settings: Settings, fresh: Checkpoint) -> None:
    """Write and post a checkpoint, as the settings say; it blocks."""
    if settings.checkpoint_dir is not None:
        write(settings.checkpoint_dir / str(fresh.company_id) / f"{fresh.position}.json", fresh)
    if settings.checkpoint_url is not None:
        post(str(settings.checkpoint_url), fresh)


def write(file: Path, fresh: Checkpoint) -> None:
    """Write a checkpoint in one step, so that nobody finds half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}")
    part.write_text(as_file(fresh), "utf-8")
    part.replace(file)


class NoRedirects(HTTPRedirectHandler):
    """Takes a redirect for the failure it is: what follows it is a GET without the checkpoint.

    Nor does the service go wherever another host sends it.
    """

    def redirect_request(self, *_: object) -> None:
        """Follow none."""


OPENER = build_opener(NoRedirects)


def post(url: str, fresh: Checkpoint) -> None:
    """Post a checkpoint as JSON; an error unless it was answered with success."""
    request = Request(  # noqa: S310  # the setting takes http and https only
        url, as_file(fresh).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with OPENER.open(request, timeout=TIMEOUT_SECONDS):
        pass


@asynccontextmanager
async def sending(
    settings: Settings, signer: Signer | None, pool: AsyncConnectionPool[Any]
) -> AsyncIterator[None]:
    """Send meanwhile, if the settings say where to."""
    targets = (settings.checkpoint_dir, settings.checkpoint_url)
    if signer is None or targets == (None, None):
        yield
        return
    async with meanwhile(Sender(settings, signer, pool).forever()):
        yield
