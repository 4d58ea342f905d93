"""Where the asynchronous edge hands in files: kept until they are imported, whoever survives."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, suppress
from typing import BinaryIO
from uuid import UUID

import psycopg

from api.background import meanwhile
from api.imports import forgetting, job, register, uploads
from api.imports.files import opened
from api.imports.inspection import UnreadableFile
from api.imports.mapping import Columns
from api.imports.options import Options
from api.imports.register import Import, ImportNotPossible
from api.imports.verdicts import Verdict
from domain import errors
from domain.ports import Connection

SWEEP_SECONDS = 60.0
"""How often imports are taken up that somebody who ended left lying."""

AT_ONCE = 2
"""Imports that one process works on at the same time; further ones wait their turn."""

logger = logging.getLogger(__name__)


class ImportDesk:
    """Takes files and imports them, in threads of its own."""

    def __init__(self, database_url: str) -> None:
        """Connect for each import anew: they are rare, and long."""
        self._database_url = database_url
        self._threads = ThreadPoolExecutor(AT_ONCE, "import")
        self._taking = ThreadPoolExecutor(AT_ONCE, "upload")
        self._closing = False

    async def take(self, company_id: UUID, actor: str, file: BinaryIO, options: Options) -> Import:
        """Keep a file and begin to import it; raises UnreadableFile, ImportNotPossible."""
        loop = asyncio.get_running_loop()
        one = await loop.run_in_executor(self._taking, self._keep, company_id, actor, file, options)
        self._begin(one)
        return one

    @asynccontextmanager
    async def sweeping(self) -> AsyncIterator[None]:
        """Take up, now and then, what was interrupted."""
        async with meanwhile(self._sweep_for_ever()):
            yield

    def close(self) -> None:
        """Stop after the rows under way; who comes next goes on from there."""
        self._closing = True
        self._threads.shutdown(cancel_futures=True)
        self._taking.shutdown()

    def _begin(self, one: Import) -> None:
        with suppress(RuntimeError):  # the process ends: another one takes it up
            self._threads.submit(self._work, one.company_id, one.import_id)

    async def _sweep_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                for one in await loop.run_in_executor(self._taking, self._lying):
                    self._begin(one)
            except (psycopg.Error, RuntimeError) as failure:
                logger.warning("imports could not be swept: %s", errors.anonymous(failure))
            await asyncio.sleep(SWEEP_SECONDS)

    def _lying(self) -> list[Import]:
        with job.connection_to(self._database_url) as connection:
            forgetting.expire(connection)
            return uploads.lying(connection)

    def _keep(self, company_id: UUID, actor: str, file: BinaryIO, options: Options) -> Import:
        """Look at the file before it is kept, so that what cannot be read is refused at once."""
        with job.connection_to(self._database_url) as connection, opened(file) as source:
            Columns(source.source.columns, options.map)
            with connection.transaction():
                one = job.begin(connection, company_id, actor, source, options)
                file.seek(0)
                uploads.keep(connection, one, file)
        return one

    def _work(self, company_id: UUID, import_id: UUID) -> None:
        """Import a file that is kept, unless somebody else does; never raises."""
        try:
            with job.connection_to(self._database_url) as connection:
                self._carry_out(connection, company_id, import_id)
        except Exception as failure:  # noqa: BLE001  # a thread has nobody to tell
            logger.error("import %s stopped: %s", import_id, errors.anonymous(failure))  # noqa: TRY400

    def _carry_out(self, connection: Connection, company_id: UUID, import_id: UUID) -> None:
        if not register.claim(connection, import_id):
            return
        one = register.find(connection, company_id, import_id)
        if one.state != "running":
            return
        with closing(uploads.fetched(connection, one)) as file:
            try:
                with opened(file) as source:
                    job.carry_out(self._database_url, connection, one, source, self._go_on)
            except UnreadableFile as refused:
                register.end(connection, one, "refused", str(refused))
        uploads.drop(connection, one)

    def _go_on(self, _: Sequence[Verdict], __: int) -> None:
        if self._closing:
            raise ImportNotPossible("the process ends")
