"""Where the database is, and how the service connects to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.errors import PipelineAborted
from psycopg.rows import namedtuple_row
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from api.embedded import EmbeddedServer
from api.settings import Settings

# A network that drops packets without a word must not hold a writer or a reader for hours.
ALIVE: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}

ANSWER_SECONDS = 15.0
"""How long the server may take to answer a writer; more than statement_timeout, which it sees to
itself."""

EDGE_ANSWER_SECONDS = 35.0
"""The same for readers and for the edge's own tables, whose statements may take 30 s."""

POOL_SECONDS = 5.0
"""How long somebody waits for a connection while all of a pool are taken."""

READ_OPTIONS = (
    "-c role=contacts_app -c statement_timeout=10s -c default_transaction_read_only=on "
    # looking into a text takes longer than the planner thinks, so sharing it out pays earlier
    "-c parallel_setup_cost=100"
)

WRITE_OPTIONS = (
    "-c role=contacts_app -c statement_timeout=10s "
    # a plan that is kept from the time when a table was small must not scan it when it has grown
    "-c enable_seqscan=off "
    # for short arrays PostgreSQL would plan the same anew in each batch
    "-c plan_cache_mode=force_generic_plan "
    # a writer that hangs with a head in its hands would stop its company for good
    "-c idle_in_transaction_session_timeout=10s"
)

REBUILD_OPTIONS = (
    "-c role=contacts_owner -c work_mem=64MB -c maintenance_work_mem=256MB -c jit=off "
    # killed in the middle of a long statement, or cut off, it must not keep its claim
    "-c client_connection_check_interval=500 "
    "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
)

EDIT_OPTIONS = "-c role=contacts_app -c lock_timeout=5s -c statement_timeout=30s"


class Connection(psycopg.Connection[Any]):
    """Gives up on a server that does not answer, and on a COMMIT that is not replicated.

    No setting of PostgreSQL bounds a COMMIT that waits for a synchronous standby. It is not
    cancelled: what no standby has would be there for everybody to see, and lost in a fail-over.
    """

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait so long, then regard the connection as lost."""
        try:
            return super().wait(gen, interval, timeout or ANSWER_SECONDS)
        except psycopg.OperationalError as failure:
            if is_silence(failure):
                self.close()
            raise


class AsyncConnection(psycopg.AsyncConnection[Any]):
    """The same for the event loop."""

    async def wait(
        self,
        gen: PQGen[RV],
        interval: float = 0.1,
        timeout: float | None = None,  # noqa: ASYNC109  # as psycopg has it
    ) -> RV:
        """Wait so long, then regard the connection as lost."""
        try:
            return await super().wait(gen, interval, timeout or EDGE_ANSWER_SECONDS)
        except psycopg.OperationalError as failure:
            if is_silence(failure):
                await self.close()
            raise


def is_silence(failure: psycopg.OperationalError) -> bool:
    """Tell whether the server did not answer in time, or has gone: what it says has a code.

    psycopg has no public name for the first; of the second there is nothing left to close.
    """
    return failure.sqlstate is None and not isinstance(failure, PipelineAborted)


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """Give the URL of DATABASE_URL, else of the embedded server, which runs meanwhile."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    with EmbeddedServer(settings.data_dir) as server:
        yield server.url


def with_options(database_url: str, options: str) -> str:
    """Add server options to those that the URL has."""
    given = conninfo_to_dict(database_url).get("options")
    return make_conninfo(database_url, options=f"{given or ''} {options}".strip())


def writing(
    database_url: str, lock_timeout: str = "100ms"
) -> Callable[[], psycopg.Connection[Any]]:
    """Return what opens a connection for writing; it waits so long for a head that is held."""
    conninfo = with_options(database_url, f"{WRITE_OPTIONS} -c lock_timeout={lock_timeout}")
    return lambda: Connection.connect(
        conninfo,
        autocommit=True,
        prepare_threshold=1,
        application_name="contacts writer",
        **ALIVE,
    )


def rebuilding(database_url: str) -> str:
    """Return where a rebuild connects to, as who may make and rename the read model's tables."""
    return make_conninfo(with_options(database_url, REBUILD_OPTIONS), **ALIVE)


def editing(database_url: str) -> psycopg.Connection[Any]:
    """Open a connection for a command of the CLI."""
    conninfo = with_options(database_url, EDIT_OPTIONS)
    return psycopg.connect(conninfo, application_name="contacts cli", **ALIVE)


def reading(database_url: str, size: int) -> AsyncConnectionPool[Any]:
    """Make the pool for reads; whoever uses it opens it."""
    return pool(of_the_primary(database_url, READ_OPTIONS), "contacts reader", 1, size)


def of_the_primary(database_url: str, options: str) -> str:
    """Add the options of readers, whose sessions are read-only on the primary as well.

    A URL that asks for a session that can write would never be content with one of them.
    """
    conninfo = with_options(database_url, options)
    if conninfo_to_dict(conninfo).get("target_session_attrs") != "read-write":
        return conninfo
    return make_conninfo(conninfo, target_session_attrs="primary")


def keeping(database_url: str, size: int) -> AsyncConnectionPool[Any]:
    """Make the pool for what the edge keeps in tables of its own; whoever uses it opens it."""
    return pool(with_options(database_url, EDIT_OPTIONS), "contacts edge", 0, size)


def beside(database_url: str, size: int) -> ConnectionPool[Any]:
    """Make the pool for threads that work beside the event loop; it connects when first used."""
    return ConnectionPool(
        with_options(database_url, EDIT_OPTIONS),
        kwargs={"autocommit": True, "application_name": "contacts history", **ALIVE},
        check=ConnectionPool.check_connection,
        min_size=0,
        max_size=size,
        timeout=POOL_SECONDS,
        open=True,
    )


def pool(conninfo: str, name: str, least: int, most: int) -> AsyncConnectionPool[Any]:
    """Make a pool whose rows are named tuples and whose statements are transactions."""
    return AsyncConnectionPool(
        conninfo,
        connection_class=AsyncConnection,
        kwargs={
            "autocommit": True,
            "row_factory": namedtuple_row,
            "application_name": name,
            **ALIVE,
        },
        min_size=least,
        max_size=most,
        timeout=POOL_SECONDS,
        open=False,
    )
