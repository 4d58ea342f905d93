"""Contacts, the one door: runs batches and answers for them, whatever the database does."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress

import psycopg
from psycopg import errors as pg

from domain import errors
from domain.application.batch import Batch, BeforeCommit, Trace
from domain.application.company import Address, Entry
from domain.application.requests import Deferred, Done, Outcome, Request
from domain.ports import Connection, ReadSide, Receipts

CACHED_CONTACTS = 1_000
"""Contacts kept folded in memory between batches."""

PATIENCE_SECONDS = 5.0
"""How long a lost database is waited for, before the outcome is reported as unknown."""

RECORDED_AT_POSITION = "SELECT request_id FROM log.event WHERE company_id = %s AND position = %s"
NO_ROOM, STOPPED = "53", "57"
"""Classes of errors that pass: disk, memory or connections are used up; time is, or an operator
ended it. The errors of one class have no common type in psycopg."""

TRY_LATER = (pg.LockNotAvailable, pg.DeadlockDetected, pg.SerializationFailure)

logger = logging.getLogger(__name__)


class Contacts:
    """Runs batches of requests, one at a time, on a connection of its own.

    Every request gets an outcome: granted, refused, or deferred because somebody else holds its
    company's head. A failure is narrowed down to the request that causes it.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        read_side: ReadSide,
        before_commit: BeforeCommit | None = None,
        on_commit: Callable[[float], None] = lambda _: None,
        receipts: Receipts | None = None,
    ) -> None:
        """`connect` opens an autocommitting connection; it is called again when one was lost.

        What `before_commit` raises undoes the transaction, and is raised by `run`. `on_commit` is
        told how many seconds it took to send events and rows and have them committed. Without
        `receipts` no request may have one.
        """
        self._connect = connect
        self._read_side = read_side
        self._before_commit = before_commit
        self._on_commit = on_commit
        self._receipts = receipts
        self._connection: Connection | None = None
        self._cache: OrderedDict[Address, Entry] = OrderedDict()
        self._warnings: list[str] = []
        self._batches = 0

    def run(self, requests: list[Request], *, wait: bool = False) -> list[Outcome]:
        """Handle the requests in one transaction, or in several when one of them breaks it.

        Requests of companies whose heads are held are deferred at once; only with `wait` that of
        the first request is waited for, as long as the connection's lock_timeout says. Raises
        ReadModelChanged.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        try:
            return self._run(requests, deadline, wait=wait)
        except errors.DatabaseUnavailable:
            return [errors.DatabaseUnavailable() for _ in requests]

    def rehearse(self, requests: list[Request], *, wait: bool = False) -> list[Outcome]:
        """Decide the requests as `run` does, and record nothing.

        Each sees what those before it in the list would do. A failure concerns all of them.
        """
        try:
            connection = self._connected(time.monotonic() + PATIENCE_SECONDS)
            batch = self._batch(connection, requests)
            self._open(batch, wait=wait)
            outcomes = batch.decide()
            connection.execute("ROLLBACK")
        except errors.DatabaseUnavailable as lost:
            return [lost for _ in requests]
        except psycopg.Error as failure:
            self._rollback()
            later = isinstance(failure, TRY_LATER)
            return [Deferred.DEFERRED if later else refusal(failure) for _ in requests]
        return outcomes

    def _run(self, requests: list[Request], deadline: float, *, wait: bool) -> list[Outcome]:
        while True:
            batch = self._batch(self._connected(deadline), requests)
            try:
                self._open(batch, wait=wait)
                outcomes = batch.decide_and_send()
            except psycopg.OperationalError as lost:
                if not self._lost():
                    return self._narrow(requests, lost, wait=wait)
                if time.monotonic() > deadline:
                    raise errors.DatabaseUnavailable from lost
                continue
            except psycopg.Error as failure:
                return self._narrow(requests, failure, wait=wait)
            settled = self._commit(batch, outcomes, wait=wait)
            if settled is not None:
                return settled

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()

    def _batch(self, connection: Connection, requests: list[Request]) -> Batch:
        return Batch(connection, self._read_side, self._known, requests, self._receipts)

    def _open(self, batch: Batch, *, wait: bool) -> None:
        self._renew_plans(batch.connection)
        try:
            batch.open(wait=wait)
        except errors.ReadModelChanged:
            self._rollback()
            raise

    def _commit(self, batch: Batch, outcomes: list[Outcome], *, wait: bool) -> list[Outcome] | None:
        """Commit and return what is certain; None means: nothing was recorded, run it again."""
        self._warnings.clear()
        recorded: bool | None = True
        try:
            began = time.perf_counter()
            batch.commit(self._before_commit)
            self._on_commit(time.perf_counter() - began)
        except psycopg.Error as failure:
            if not self._lost():
                return self._narrow(batch.requests, failure, wait=wait)
            if not self._warnings:
                recorded = self._recorded(batch)
        except Exception:
            self._rollback()
            raise
        if recorded is False:
            return None
        if recorded is None or self._warnings:
            logger.error("the outcome of a COMMIT is unknown: %s", self._warnings)
            return self._unless_refused(outcomes, errors.OutcomeUnknown)
        self._remember(batch)
        return outcomes

    def _keep_warning(self, notice: psycopg.errors.Diagnostic) -> None:
        """Note that a COMMIT was not replicated, which PostgreSQL says in this way only.

        It gave up waiting for a synchronous standby: what is committed is there, but a fail-over
        would lose it. The session may end with the warning.
        """
        if notice.severity_nonlocalized == "WARNING":
            self._warnings.append(notice.message_primary or "")

    def _recorded(self, batch: Batch) -> bool | None:
        """Find out whether a COMMIT was carried out whose answer never came; None: nobody knows."""
        trace = batch.trace()
        if trace is None:  # what is in no log leaves no trace; without events, again does no harm
            return not batch.book.grew
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                return self._look_for(trace, self._connected(deadline))
            except (psycopg.Error, errors.DatabaseUnavailable) as failure:
                logger.warning("looking for an unanswered commit: %s", type(failure).__name__)
                self._lost()
        return None

    def _look_for(self, trace: Trace, connection: Connection) -> bool:
        """Wait for the old session to end by taking its head, then look for its request.

        Committed, although it changes nothing: that waits for a synchronous standby in turn.
        """
        with connection.transaction():
            connection.execute("SELECT log.lock_heads(%s)", ([trace.company_id],))
            row = connection.execute(
                RECORDED_AT_POSITION, (trace.company_id, trace.position)
            ).fetchone()
        return row is not None and row[0] == trace.request_id

    def _narrow(
        self, requests: list[Request], failure: psycopg.Error, *, wait: bool
    ) -> list[Outcome]:
        """Undo the transaction and find the request that breaks it."""
        self._rollback()
        if isinstance(failure, TRY_LATER):
            return [Deferred.DEFERRED for _ in requests]
        if len(requests) == 1 or has_no_room(failure):
            logger.error("request %s failed: %s", requests[0].meta.request_id, sqlstate(failure))
            return [refusal(failure) for _ in requests]
        middle = len(requests) // 2
        first = self.run(requests[:middle], wait=wait)
        try:
            return first + self.run(requests[middle:], wait=wait)
        except errors.ReadModelChanged as changed:
            # The first half may be recorded and must be told so; the next batch ends the process.
            return first + [changed for _ in requests[middle:]]

    def _unless_refused(
        self, outcomes: list[Outcome], error: type[errors.DomainError]
    ) -> list[Outcome]:
        return [error() if isinstance(outcome, Done) else outcome for outcome in outcomes]

    # -- the connection --------------------------------------------------------------------------

    def _connected(self, deadline: float) -> Connection:
        while self._connection is None:
            try:
                self._connection = self._connect()
                self._connection.add_notice_handler(self._keep_warning)
                # Another server may answer now, and never have heard of what we remember; or what
                # we remember is what broke a batch.
                self._cache.clear()
                self._batches = 0
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise errors.DatabaseUnavailable from None
                time.sleep(0.05)
        return self._connection

    def _renew_plans(self, connection: Connection) -> None:
        """Let PostgreSQL plan anew at the 1st, 2nd, 4th, 8th … batch of a connection.

        It keeps the plans of prepared statements from when the tables were empty and every index
        cost the same. Until its statistics are renewed, which takes a minute, a look-up may read
        the whole company.
        """
        self._batches += 1
        if self._batches.bit_count() == 1:
            connection.execute("DISCARD PLANS", prepare=False)

    def _lost(self) -> bool:
        """Drop the connection if it is broken, and tell whether it was."""
        connection = self._connection
        if connection is not None and not connection.closed:
            return False
        self._connection = None
        return True

    def _rollback(self) -> None:
        """Undo and free the heads, then connect anew.

        psycopg loses count of what is prepared when a pipeline breaks: later batches on this
        connection would fail for statements that the server does not know.
        """
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.execute("ROLLBACK")
            connection.close()

    # -- contacts kept in memory -----------------------------------------------------------------

    def _known(self, address: Address) -> Entry | None:
        entry = self._cache.get(address)
        if entry is not None:
            self._cache.move_to_end(address)
        return entry

    def _remember(self, batch: Batch) -> None:
        """Keep what was loaded or written; older versions are brought up to date when used."""
        for address, entry in batch.desk.entries.items():
            if entry.contact.version:
                self._cache[address] = entry
                self._cache.move_to_end(address)
        while len(self._cache) > CACHED_CONTACTS:
            self._cache.popitem(last=False)


def sqlstate(failure: psycopg.Error) -> str:
    """Return what may be logged of a database error: its class and code, never its data."""
    return f"{type(failure).__name__} {failure.sqlstate}"


def has_no_room(failure: psycopg.Error) -> bool:
    """Tell whether the database lacks disk, memory or connections, whatever it is asked for."""
    return (failure.sqlstate or "").startswith(NO_ROOM)


def refusal(failure: psycopg.Error) -> errors.DomainError:
    """Translate a database error that one request caused; the one border for driver errors."""
    if isinstance(failure, pg.ReadOnlySqlTransaction):  # a fail-over made it a standby
        return errors.DatabaseUnavailable()
    if (failure.sqlstate or "").startswith((NO_ROOM, STOPPED)):
        return errors.Busy()
    return errors.WriteFailed()
