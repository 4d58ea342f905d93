"""The composition root: the only file that knows everybody."""

from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from api.audit.sending import sending
from api.audit.signing import Signer, published, signer
from api.bulk.desk import BulkDesk
from api.database import keeping, reading, writing
from api.erasure.eraser import Eraser, ErasureDesk
from api.exports.desk import ExportDesk
from api.feed.watch import Watch
from api.history.desk import HistoryDesk
from api.imports.desk import ImportDesk
from api.intake.desk import IntakeDesk
from api.keys.keyring import Keyring
from api.keys.limits import Limiter
from api.keys.usage import noting
from api.metrics.figures import Figures
from api.optin.addresses import sender
from api.optin.desk import OptinDesk
from api.optin.links import Links
from api.optin.postman import Postman
from api.rebuilds.watch import ending_at_a_switch
from api.retries.attempts import Digester
from api.retries.forgetting import expiring
from api.retries.receipts import ReceiptTable
from api.sealing import Sealer
from api.settings import Settings
from api.writer import Writer
from domain.application.contacts import Contacts
from projections.inline import Inline

BULK_LOCK_TIMEOUT = "5s"
"""How long a list waits for its company's head; the writer holds it for milliseconds."""


@dataclass(frozen=True, slots=True)
class Service:
    """What a running process consists of."""

    settings: Settings
    figures: Figures
    pool: AsyncConnectionPool[Any]
    edge: AsyncConnectionPool[Any]
    writer: Writer
    bulk: BulkDesk
    erasures: ErasureDesk
    history: HistoryDesk
    exports: ExportDesk
    imports: ImportDesk
    feed: Watch
    intake: IntakeDesk
    optin: OptinDesk
    keyring: Keyring
    limiter: Limiter | None
    sealer: Sealer
    digester: Digester
    signer: Signer | None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection[Any]]:
        """Lend a connection for reading; after an error it is not used again.

        psycopg loses count of what is prepared when a pipeline breaks: later reads would fail for
        statements that the server does not know.
        """
        # not pool.connection(), which takes twice as long to end a transaction that there is not
        connection = await self.pool.getconn()
        try:
            yield connection
        except psycopg.Error:
            await connection.close()
            raise
        finally:
            await self.pool.putconn(connection)


@asynccontextmanager
async def service(
    settings: Settings, database_url: str, figures: Figures, on_death: Callable[[], None]
) -> AsyncIterator[Service]:
    """Put the service together and take it apart; `on_death` ends a process that cannot write."""
    writer = new_writer(settings, database_url, figures, on_death)
    async with (
        reading(database_url, settings.pool_size) as pool,
        keeping(database_url, settings.pool_size) as edge,
        published(signer(settings), edge) as signs,
        sending(settings, signs, pool),
        ending_at_a_switch(pool),
        noting(edge, Keyring(pool)) as keyring,
    ):
        together = Service(
            settings=settings,
            figures=figures,
            pool=pool,
            edge=edge,
            writer=writer,
            bulk=bulk_desk(database_url),
            erasures=ErasureDesk(Eraser(database_url, settings.erasure_notes)),
            history=HistoryDesk(database_url),
            exports=ExportDesk(database_url),
            imports=ImportDesk(database_url),
            feed=Watch(pool.connection),
            intake=IntakeDesk(edge, writer, settings.intake_days),
            optin=await optin_desk(settings, pool, edge),
            keyring=keyring,
            limiter=limiter(settings),
            sealer=await sealer_for("cursors", pool),
            digester=Digester(await secret("retries", pool)),
            signer=signs,
        )
        async with working(together):
            yield together


@asynccontextmanager
async def working(service: Service) -> AsyncIterator[None]:
    """Start the writer and what runs by the clock; in the end close whoever has work left."""
    service.writer.start()
    with ExitStack() as stack:
        # the writer ends first: what waits is written while everything else is still there
        for desk in (
            service.bulk,
            service.erasures,
            service.history,
            service.exports,
            service.imports,
            service.optin,
            service.writer,
        ):
            stack.enter_context(closing(desk))
        async with (
            service.intake.sweeping(),
            service.imports.sweeping(),
            expiring(service.edge),
        ):
            yield


def bulk_desk(database_url: str) -> BulkDesk:
    """Put together what writes whole lists."""
    connect = writing(database_url, BULK_LOCK_TIMEOUT)
    return BulkDesk(Contacts(connect, Inline(), receipts=ReceiptTable()))


def limiter(settings: Settings) -> Limiter | None:
    """Return who counts the calls of keys, if they are limited."""
    limit = settings.rate_limit
    return None if limit is None else Limiter(limit, settings.rate_burst)


async def optin_desk(
    settings: Settings, pool: AsyncConnectionPool[Any], edge: AsyncConnectionPool[Any]
) -> OptinDesk:
    """Put together what asks contacts for their consent."""
    links = Links(await sealer_for("optin", pool), settings.base_url)
    return OptinDesk(links, postman(settings), edge)


def postman(settings: Settings) -> Postman | None:
    """Return who hands mails in, if a mail server is set up."""
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    name = urlsplit(settings.base_url).hostname or settings.host
    return Postman(settings.smtp_url, sender(settings.mail_from), name)


def new_writer(
    settings: Settings, database_url: str, figures: Figures, on_death: Callable[[], None]
) -> Writer:
    """Make the writer of this process; whoever uses it starts and closes it."""
    return Writer(
        Contacts(
            writing(database_url), Inline(), on_commit=figures.commits.add, receipts=ReceiptTable()
        ),
        figures,
        queue_limit=settings.queue_limit,
        batch_requests=settings.batch_requests,
        batch_companies=settings.batch_companies,
        on_death=on_death,
    )


@asynccontextmanager
async def intake_desk(settings: Settings, database_url: str) -> AsyncIterator[IntakeDesk]:
    """Put together what takes deliveries up, for a command that runs beside the service."""
    writer = new_writer(settings, database_url, Figures(), lambda: None)
    async with keeping(database_url, settings.pool_size) as edge:
        writer.start()
        try:
            yield IntakeDesk(edge, writer, settings.intake_days)
        finally:
            writer.close()


async def sealer_for(purpose: str, pool: AsyncConnectionPool[Any]) -> Sealer:
    """Seal with the secret that all processes on this database share."""
    return Sealer(await secret(purpose, pool))


async def secret(purpose: str, pool: AsyncConnectionPool[Any]) -> bytes:
    """Return a secret that all processes on this database share."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT value FROM edge.secret WHERE name = %s", (purpose,)
        )
        row = await cursor.fetchone()
    if row is None:
        msg = f"the database has no secret for {purpose}"
        raise LookupError(msg)
    value: bytes = row.value
    return value
