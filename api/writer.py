"""The queue before the write side: commands of all callers leave it together, in one thread."""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from api.metrics.figures import Figures
from domain import errors
from domain.application.contacts import Contacts
from domain.application.requests import Deferred, Done, Outcome, Request

BUSY_AFTER_SECONDS = 10.0
"""How long a request waits for a company whose head somebody else holds."""

GATHER_SECONDS = 0.001
"""How long no further request must come before a batch leaves without it, at least."""

GATHER_PART = 0.2
"""The same as a part of what the batch before took: the slower a batch, the dearer one more."""

GATHER_MOST_SECONDS = 0.01
"""The same at most: a batch may have taken long because somebody else held a head."""

NAMES: dict[type[errors.DomainError], str] = {
    errors.Conflict: "conflict",
    errors.Unavailable: "unavailable",
    errors.Failed: "failed",
    errors.DomainError: "refused",
}

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Waiting:
    """A request on its way, and who waits for its outcome."""

    request: Request
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Done]
    since: float = field(default_factory=time.monotonic)

    def expired(self) -> bool:
        """Tell whether it has waited long enough for an answer."""
        return time.monotonic() - self.since > BUSY_AFTER_SECONDS


Answer = tuple[Waiting, Done | errors.DomainError]


class Writer:
    """One thread that takes what waits and hands it to the write side as a batch.

    Callers await their own outcome; batches grow with the load, since they consist of what arrived
    while the batch before was being committed.
    """

    def __init__(  # noqa: PLR0913  # each is a limit of its own
        self,
        contacts: Contacts,
        figures: Figures,
        *,
        queue_limit: int,
        batch_requests: int,
        batch_companies: int,
        on_death: Callable[[], None],
    ) -> None:
        """`on_death` is called from the thread when it cannot go on; nothing is written after."""
        self._contacts = contacts
        self._figures = figures
        self._queue_limit = queue_limit
        self._batch_requests = batch_requests
        self._batch_companies = batch_companies
        self._on_death = on_death
        self._waiting: deque[Waiting] = deque()
        self._under_way: list[Waiting] = []
        self._changed = threading.Condition()
        self._closing = False
        self._dead: errors.DomainError | None = None
        self._expected = 1
        self._took = 0.0
        self._thread = threading.Thread(target=self._live, name="writer", daemon=True)

    @property
    def alive(self) -> bool:
        """Tell whether writes can be taken."""
        return self._dead is None and self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """How many requests are not answered yet."""
        return len(self._waiting) + len(self._under_way)

    def longest_wait(self) -> float:
        """Return for how many seconds the oldest of them has waited, be it in a stuck batch."""
        with self._changed:
            since = [one.since for one in (*self._under_way, *self._waiting)]
        return time.monotonic() - min(since) if since else 0.0

    def start(self) -> None:
        """Begin to take batches."""
        self._thread.start()

    def close(self) -> None:
        """Write what waits, then end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self._contacts.close()

    async def submit(self, request: Request) -> Done:
        """Return what was done, or raise the DomainError that refused it."""
        loop = asyncio.get_running_loop()
        waiting = Waiting(request, loop, loop.create_future())
        with self._changed:
            if self._dead is not None:
                raise self._dead
            if self._closing or len(self._waiting) >= self._queue_limit:
                raise errors.Busy
            self._waiting.append(waiting)
            self._changed.notify()
        return await waiting.future

    # -- the thread ------------------------------------------------------------------------------

    def _live(self) -> None:
        batch: list[Waiting] = []
        held: set[UUID] = set()
        try:
            while batch := self._take(held):
                idle = self._nothing_else(batch, held)
                began = time.perf_counter()
                outcomes = self._contacts.run([w.request for w in batch], wait=idle)
                deferred = self._answer(batch, outcomes)
                self._took = time.perf_counter() - began
                self._count(outcomes, self._took)
                self._put_back(deferred)
                again = deferred and not idle
                held = held | {w.request.company_id for w in deferred} if again else set()
        except Exception as death:  # noqa: BLE001  # whatever it is, nobody may be left waiting
            logger.critical("the writer ends: %s", errors.anonymous(death))
            self._die(batch, death)

    def _take(self, held: set[UUID]) -> list[Waiting]:
        """Wait for work; take the oldest, passing over companies that somebody else holds.

        When nothing else waits, those are taken.
        """
        with self._changed:
            while not self._waiting and not self._closing:
                self._changed.wait()
        self._gather()
        with self._changed:
            only_held = held.issuperset(one.request.company_id for one in self._waiting)
            taken = self._pick(set() if only_held else held, self._batch_companies)
            self._expected = len(taken) + len(self._waiting)
            self._under_way = taken
        return taken

    def _nothing_else(self, batch: list[Waiting], held: set[UUID]) -> bool:
        """Tell whether nobody but those held would wait while the first waits for its head."""
        meant = held | {batch[0].request.company_id}
        with self._changed:
            return all(one.request.company_id in meant for one in (*batch, *self._waiting))

    def _gather(self) -> None:
        """Let callers who were answered together come back together.

        A batch costs as much as several requests, so a moment is spent while more of them arrive,
        up to as many as there were lately.
        """
        patience = min(max(GATHER_SECONDS, self._took * GATHER_PART), GATHER_MOST_SECONDS)
        seen, until = 0, 0.0
        while (arrived := len(self._waiting)) < self._expected:
            now = time.monotonic()
            if arrived > seen:
                seen, until = arrived, now + patience
            elif now >= until:
                break
            time.sleep(GATHER_SECONDS)

    def _pick(self, passed_over: set[UUID], most: int) -> list[Waiting]:
        """Take requests of at most so many companies; the others keep their order."""
        companies: set[UUID] = set()
        taken: list[Waiting] = []
        left: list[Waiting] = []
        while self._waiting and len(taken) < self._batch_requests:
            waiting = self._waiting.popleft()
            company_id = waiting.request.company_id
            if company_id not in passed_over and len(companies) < most:
                companies.add(company_id)
            (taken if company_id in companies else left).append(waiting)
        self._waiting.extendleft(reversed(left))
        return taken

    def _answer(self, batch: list[Waiting], outcomes: list[Outcome]) -> list[Waiting]:
        """Tell the callers what is decided, and return what was deferred and may be tried again."""
        deferred: list[Waiting] = []
        decided: list[Answer] = []
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if not isinstance(outcome, Deferred):
                decided.append((waiting, outcome))
            elif waiting.expired():
                decided.append((waiting, errors.Busy()))
            else:
                deferred.append(waiting)
        tell(decided)
        return deferred

    def _count(self, outcomes: list[Outcome], seconds: float) -> None:
        self._figures.batches.add(len(outcomes))
        self._figures.transactions.add(seconds)
        self._figures.outcomes.update(map(kind_of, outcomes))

    def _put_back(self, deferred: list[Waiting]) -> None:
        """Put deferred requests to the front; the others are answered."""
        with self._changed:
            self._waiting.extendleft(reversed(deferred))
            self._under_way = []

    def _die(self, batch: list[Waiting], death: Exception) -> None:
        """Leave nobody waiting: what was under way may be there or not, the rest is not."""
        known = death if isinstance(death, errors.DomainError) else None
        with self._changed:
            self._dead = known or errors.DatabaseUnavailable()
            rest = list(self._waiting)
            self._waiting.clear()
        tell([(waiting, known or errors.OutcomeUnknown()) for waiting in batch])
        tell([(waiting, self._dead) for waiting in rest])
        self._on_death()


def kind_of(outcome: Outcome) -> str:
    """Name an outcome for those who count."""
    if isinstance(outcome, Done):
        return "done"
    if isinstance(outcome, Deferred):
        return "deferred"
    families = (errors.Conflict, errors.Unavailable, errors.Failed)
    kind = next((kind for kind in families if isinstance(outcome, kind)), errors.DomainError)
    return NAMES[kind]


def tell(answers: list[Answer]) -> None:
    """Hand the answers over to the loops that wait for them, one wake-up a loop."""
    for loop in {waiting.loop for waiting, _ in answers}:
        own = [answer for answer in answers if answer[0].loop is loop]
        try:
            loop.call_soon_threadsafe(resolve, own)
        except RuntimeError:
            logger.warning("%d callers have gone", len(own))


def resolve(answers: list[Answer]) -> None:
    """Answer each caller on its own; some may have gone, and must not keep others from theirs."""
    for waiting, outcome in answers:
        if waiting.future.done():
            continue
        if isinstance(outcome, Done):
            waiting.future.set_result(outcome)
        else:
            waiting.future.set_exception(outcome)
