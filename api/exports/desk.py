"""Copies a list into a spool file quickly, so that a slow reader holds no snapshot."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import TextIOWrapper
from tempfile import TemporaryFile
from typing import IO
from uuid import UUID

from api.database import editing
from api.exports import selection
from api.exports.formats import Format, write
from api.history.instants import head, resolve
from api.reports.disclosures import Disclosure, note
from domain.ports import Connection
from projections.contacts.question import Filter

AT_ONCE = 2
"""Exports that one process spools at the same time; further ones wait their turn."""

BLOCK_BYTES = 65_536

Spool = TextIOWrapper
"""A file that is written as text, and read in bytes."""


class ExportDesk:
    """Where the asynchronous edge asks for a list."""

    def __init__(self, database_url: str) -> None:
        """Connect for each list anew: they are rare, and long."""
        self._database_url = database_url
        self._threads = ThreadPoolExecutor(AT_ONCE, "export")

    async def spool(
        self, company_id: UUID, key_id: UUID, form: Format, wanted: Filter, as_of: str | None
    ) -> Spool:
        """Return a file with the list for a key, at its beginning; it is gone when it is closed."""

        def work() -> Spool:
            with connection_to(self._database_url) as connection:
                return spooled(
                    lambda file: export(connection, company_id, key_id, file, form, wanted, as_of)
                )

        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Finish what is under way."""
        self._threads.shutdown(cancel_futures=True)


@contextmanager
def connection_to(database_url: str) -> Iterator[Connection]:
    """Lend a connection that reads."""
    with editing(database_url) as connection:
        connection.autocommit = True
        yield connection


def export(  # noqa: PLR0913, PLR0917  # that is what a list consists of
    connection: Connection,
    company_id: UUID,
    key_id: UUID | None,
    file: IO[str],
    form: Format,
    wanted: Filter,
    as_of: str | None,
) -> int:
    """Write the contacts of one instant into a file; returns how many there were.

    Who gets it is noted: a key, or whoever uses the command line.
    Raises FieldError or DomainError when `as_of` is no time that can be shown.
    """
    if as_of is None:
        written = write(file, form, selection.now(connection, company_id, wanted))
        position, _ = head(connection, company_id)
    else:
        position = resolve(connection, company_id, as_of, "asOf").position
        written = write(file, form, selection.past(connection, company_id, wanted, position))
    part = wanted != Filter(tags_mode=wanted.tags_mode)
    note(connection, Disclosure(company_id, "export", key_id, position, selected=part))
    return written


def spooled(fill: Callable[[IO[str]], object]) -> Spool:
    """Return a file without a name that was filled; nobody else can open it."""
    file = TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115  # its reader closes it
    try:
        fill(file)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def blocks(file: Spool) -> Iterator[bytes]:
    """Yield a file, and close it."""
    with file:
        while block := file.buffer.read(BLOCK_BYTES):
            yield bytes(block)
