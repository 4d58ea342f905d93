"""The thread that keeps the server there: it owns it, or waits for the owner to end."""

import logging
import threading
import time
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from api.embedded.account import Account
from api.embedded.binaries import Installation, choose, usable_by
from api.embedded.cluster import cluster_major, create_cluster
from api.embedded.errors import EmbeddedCannotStart, EmbeddedNotRunning
from api.embedded.leftovers import clear_leftovers
from api.embedded.lock import DirectoryLock
from api.embedded.pidfile import read_pid_file
from api.embedded.process import Postgres
from api.embedded.settle import settle_site
from api.embedded.site import Site, find_site

_POLL = 0.1
_ATTACH_LIMIT = 60.0
_HEALTHY_AFTER = 60.0
_DELAYS = (0.1, 0.4, 1.5)
_LAST_DELAY = 2.0
_DATABASE = "contacts"
_log = logging.getLogger(__name__)


class Keeper(threading.Thread):
    """One thread for all of it, because postgres ends with the thread that has started it."""

    def __init__(self, data_dir: Path, binaries: Path | None) -> None:
        super().__init__(name="embedded-postgresql", daemon=True)
        self._data_dir = data_dir
        self._binaries = binaries
        self._lock = DirectoryLock(data_dir / "server.lock")
        self._stopping = threading.Event()
        self._ready = False
        self._settled = threading.Event()
        self._failure: Exception | None = None
        self.url: str | None = None
        self.owner = False

    def run(self) -> None:
        try:
            self._keep()
        except Exception as error:  # noqa: BLE001  # start() raises it, or it is logged
            self._fail(error)
        finally:
            self.owner = False
            self._lock.release()
            self._settled.set()

    def wait_until_settled(self) -> None:
        self._settled.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        self._stopping.set()
        if self.is_alive():  # Ctrl-C may have come before it was started
            self.join()

    def _keep(self) -> None:
        limit = time.monotonic() + _ATTACH_LIMIT
        while not self._stopping.is_set():
            if self._acquire():
                self._own()
            elif not self._ready:
                self._attach(limit)
            self._stopping.wait(_POLL if self._ready else 0.02)

    def _acquire(self) -> bool:
        try:
            return self._lock.acquire()
        except OSError:
            if not self._ready:
                raise
            return False  # too many open files, for example: the watch must not end by that

    def _attach(self, limit: float) -> None:
        site = find_site(self._data_dir)
        file = read_pid_file(site.pgdata)
        if file is not None and file.is_ready and _answers(site):
            self._settle(site)
        elif time.monotonic() > limit:
            raise EmbeddedCannotStart(
                f"Another process holds {self._data_dir}, but its server does not answer. "
                f"See {site.log}, and end that process if it hangs.",
            )

    def _own(self) -> None:
        """Returns when the server is to stop, or when the data directory is no longer ours."""
        site, account, installation = self._prepare()
        failures = 0
        while self._lock.is_held() and not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._serve(site, account, installation)
            except (EmbeddedCannotStart, OSError, psycopg.OperationalError) as error:
                failures = failures + 1 if time.monotonic() - began < _HEALTHY_AFTER else 1
                self._pause(failures, error)
        self.owner = False
        self._lock.release()

    def _prepare(self) -> tuple[Site, Account, Installation]:
        site, account = settle_site(self._data_dir)
        installation = choose(cluster_major(site), self._binaries)
        if account.is_other:
            installation = usable_by(account, installation)
        if cluster_major(site) is None:
            create_cluster(site, account, installation, self._stopping)
        return site, account, installation

    def _serve(self, site: Site, account: Account, installation: Installation) -> None:
        clear_leftovers(site)
        with Postgres(site, account, installation) as postgres:
            postgres.wait_until_ready(self._stopping)
            _ensure_database(site.url())
            self.owner = True
            self._settle(site)
            while not self._stopping.wait(_POLL) and self._lock.is_held():
                if postgres.has_ended():
                    raise EmbeddedCannotStart(f"PostgreSQL ended unexpectedly, see {site.log}.")
                postgres.bound_log()

    def _settle(self, site: Site) -> None:
        self.url = site.url()
        self._ready = True
        self._settled.set()

    def _pause(self, failures: int, error: Exception) -> None:
        if failures > len(_DELAYS) and not self._ready:
            raise error
        if self._ready:
            _log.warning("%s It is started again.", error)
        # One that has worked is never given up: a full disk may be emptied at any time.
        self._stopping.wait([*_DELAYS, _LAST_DELAY][min(failures - 1, len(_DELAYS))])

    def _fail(self, error: Exception) -> None:
        self._failure = error
        if self._ready and not isinstance(error, EmbeddedNotRunning):
            _log.critical("The embedded PostgreSQL is given up: %s", error)


def _answers(site: Site) -> bool:
    try:
        psycopg.connect(site.url(), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _ensure_database(url: str) -> None:
    known = "SELECT 1 FROM pg_database WHERE datname = %s"
    maintenance = make_conninfo(url, dbname="postgres", connect_timeout=10)
    with psycopg.connect(maintenance, autocommit=True) as connection:
        if connection.execute(known, [_DATABASE]).fetchone() is None:
            create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_DATABASE))
            connection.execute(create)
