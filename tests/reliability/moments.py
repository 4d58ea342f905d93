"""Hides how somebody is killed before, in or after a COMMIT, or at any moment."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from tests.integration.proxy import EXECUTE, SYNC, Line, Proxy

CAUGHT_SECONDS = 30.0


class Moment(StrEnum):
    """What was going on when the signal was sent, as far as the line to the database tells."""

    BEFORE = "before COMMIT"
    IN = "in COMMIT"
    AFTER = "after COMMIT"
    ANY = "at any moment"


@dataclass
class Kill:
    """One kill, and when it happened."""

    proxy: Proxy
    chance: Random
    strike: Callable[[], None]
    happened: Moment | None = None
    _answered: threading.Event = field(default_factory=threading.Event)
    _done: threading.Event = field(default_factory=threading.Event)

    def at(self, moment: Moment) -> Moment:
        """Wait for the moment, kill, and return which one it was."""
        {
            Moment.ANY: self._at_any_moment,
            Moment.BEFORE: self._before,
            Moment.IN: self._in,
            Moment.AFTER: self._after,
        }[moment]()
        assert self._done.wait(CAUGHT_SECONDS), f"never {moment}"
        assert self.happened is not None
        return self.happened

    def _kill(self, moment: Moment) -> None:
        self.strike()
        self.happened = moment
        self._done.set()

    def _at_any_moment(self) -> None:
        time.sleep(self.chance.uniform(0, 0.2))
        self._kill(Moment.ANY)

    def _before(self) -> None:
        self.proxy.before_commit = lambda _line, _message: self._kill(Moment.BEFORE)

    def _in(self) -> None:
        """The COMMIT is on its way; should its answer be faster, it was after it."""
        pause = self.chance.uniform(0, 0.002)

        def commit(line: Line, message: bytes) -> None:
            self.proxy.after_commit = lambda _line, _message: self._answered.set()
            line.server.sendall(message + EXECUTE + SYNC)
            time.sleep(pause)
            self._kill(Moment.AFTER if self._answered.is_set() else Moment.IN)
            self.proxy.after_commit = None

        self.proxy.before_commit = commit

    def _after(self) -> None:
        """Before the one who asked for it hears of it."""
        self.proxy.after_commit = lambda _line, _message: self._kill(Moment.AFTER)
