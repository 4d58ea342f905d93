"""A rebuild from the first event to the switch, and the way back."""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Connection
from psycopg.errors import InsufficientPrivilege

from projections import schema
from projections.inline import VIEWS, fingerprint
from projections.rebuild.catching_up import catch_up_to_few
from projections.rebuild.claiming import claimed
from projections.rebuild.comparing import compare, compare_late
from projections.rebuild.crew import load
from projections.rebuild.errors import Poison, RebuildError
from projections.rebuild.indexes import build, shelve
from projections.rebuild.loading import Filled, Task
from projections.rebuild.pieces import pieces
from projections.rebuild.reporting import Report, Tell, Wish
from projections.rebuild.streams import Heads, heads
from projections.rebuild.switching import drop, switch
from projections.rebuild.tables import FORGETTING, recount
from projections.schema import LIVE, NEXT, PREVIOUS, built_by


class Run:
    """Work on the read model `coming` that is to take the place of the live one."""

    def __init__(
        self, connection: Connection[Any], coming: LiteralString, tell: Tell, poison: Poison
    ) -> None:
        """Look at what is live now."""
        self.connection = connection
        self.coming = coming
        self.tell = tell
        self.poison = poison
        self.report = Report(built_by(connection, LIVE) == fingerprint())

    def finish(self, seen: Heads, *, switching: Callable[[], bool]) -> Report:
        """Catch up from `seen`, compare, and switch if that is wanted by then."""
        self.tell("catching up", 0, 0)
        seen = self.compare(catch_up_to_few(self.connection, self.coming, seen, self.poison.note))
        if switching():
            self.tell("switching", 0, 0)
            self.report.switched = switch(self.connection, self.coming, seen, self.poison.note)
        self.report.events = sum(seen.values())
        self.report.broken = list(self.poison.events.values())
        return self.report

    def compare(self, seen: Heads) -> Mapping[UUID, int]:
        """Compare with the live rows; those that changed meanwhile again, after catching up."""
        self.tell("comparing", 0, 0)
        found = compare(self.connection, self.coming, seen, counted=self.report.same_code)
        now = catch_up_to_few(self.connection, self.coming, seen, self.poison.note)
        if found.left_out:
            found.add(compare_late(self.connection, self.coming, now, found.left_out))
        self.report.comparison = found
        return now


def rebuild(conninfo: str, wish: Wish, tell: Tell) -> Report:
    """Build the read model anew, compare, and switch unless told not to or something is broken.

    The live read model is untouched until the switch; whatever happens, nothing is left that the
    next rebuild does not remove. Raises RebuildError.
    """
    began = time.perf_counter()
    with claimed(conninfo) as connection:
        poison = Poison(skip=wish.skip_broken)
        run = Run(connection, NEXT, tell, poison)
        try:
            seen = fill(run, conninfo, wish)
            run.report.loading_seconds = time.perf_counter() - began
            run.finish(seen, switching=lambda: may_switch(wish, run.poison))
        finally:
            # what failed, or what the switch put there: the read model before the previous one
            if not connection.broken:
                tell("removing what is not needed", 0, 0)
                drop(connection, NEXT)
    run.report.seconds = time.perf_counter() - began
    return run.report


def may_switch(wish: Wish, poison: Poison) -> bool:
    """Tell whether the new read model shall become the live one."""
    return not wish.verify and (wish.accept_broken or not poison.events)


def fill(run: Run, conninfo: str, wish: Wish) -> Heads:
    """Make the tables, fold the whole log into them, then build the indexes; returns the heads."""
    connection = run.connection
    try:
        with connection.transaction():
            drop(connection, NEXT)
            schema.create(connection, NEXT)
            shelved = shelve(connection)
    except InsufficientPrivilege as refused:
        msg = "contacts_owner may not make schemas here; run `contacts migrate` as a superuser"
        raise RebuildError(msg) from refused
    [[built_at]] = connection.execute(f"SELECT built_at FROM {NEXT}.model").fetchall()
    upto = heads(connection)
    total, done = sum(upto.values()), Filled()
    run.tell("reading the log", 0, total)
    task = Task(conninfo, upto, built_at, wish.skip_broken)
    with closing(load(task, pieces(connection, upto), wish.jobs)) as loading:
        for one in loading:
            done.add(one)
            run.tell("reading the log", done.events, total)
    run.poison.events |= {(broken.company_id, broken.position): broken for broken in done.broken}
    run.tell("building indexes", 0, 0)
    build(conninfo, shelved, wish.jobs)
    vacuum(connection, NEXT)
    return upto


def vacuum(connection: Connection[Any], name: LiteralString) -> None:
    """Let the planner know the tables before anybody asks them."""
    for table in (*(view.name for view in VIEWS), "contact_count"):
        connection.execute(f"VACUUM ANALYZE {name}.{table}".encode())


def rollback(conninfo: str, tell: Tell) -> Report:
    """Bring the previous read model up to date, compare, and make it the live one again.

    Only the code that built it can do that. Raises RebuildError.
    """
    began = time.perf_counter()
    with claimed(conninfo) as connection:
        check_previous(connection)
        run = Run(connection, PREVIOUS, tell, Poison(skip=False))
        seen = dict(connection.execute(f"SELECT * FROM {PREVIOUS}.head").fetchall())
        with connection.transaction():
            # who was forgotten meanwhile took their rows, but perhaps not their places in counters
            connection.execute(f"SELECT pg_advisory_xact_lock({FORGETTING})")
            recount(connection, PREVIOUS)
        run.finish(seen, switching=lambda: True)
    run.report.seconds = time.perf_counter() - began
    return run.report


def check_previous(connection: Connection[Any]) -> None:
    """Refuse when there is nothing to go back to, or only for another version of the service."""
    built = built_by(connection, PREVIOUS)
    if built is None:
        raise RebuildError("there is no previous read model to go back to")
    if built != fingerprint():
        raise RebuildError(
            "the previous read model was built by another version of the service; "
            "run `contacts projections rollback` of that version"
        )
