"""Many writers at once, and readers that ask for what is newer than the last they saw."""

import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from uuid import uuid4

from eventsourcing.persistence import ApplicationRecorder, StoredEvent

from tests.scale import FULL

WRITERS = 24
LARGEST_BATCH = 50
PAGE = 500
EVENTS = 200_000 if FULL else 20_000


@dataclass
class Verdict:
    """What the writers wrote and what a reader of the same log saw."""

    written: Counter[int] = field(default_factory=Counter)
    seen: Counter[int] = field(default_factory=Counter)

    @property
    def missed(self) -> list[int]:
        return sorted(self.written - self.seen)

    @property
    def twice(self) -> list[int]:
        return sorted(position for position, times in self.seen.items() if times > 1)

    @property
    def gapless(self) -> bool:
        return sorted(self.written) == list(range(1, len(self.written) + 1))


def write_and_tail(recorders: Sequence[ApplicationRecorder], events: int = EVENTS) -> list[Verdict]:
    """Write this many events, spread over the logs, while one reader a log tails it."""
    verdicts = [Verdict() for _ in recorders]
    starts = [recorder.max_notification_id() or 0 for recorder in recorders]
    written = Event()
    with ThreadPoolExecutor(WRITERS + len(recorders)) as threads:
        readers = [
            threads.submit(_tail, recorder, start, verdict, written)
            for recorder, start, verdict in zip(recorders, starts, verdicts, strict=True)
        ]
        writers = [threads.submit(_write, recorders, events // WRITERS) for _ in range(WRITERS)]
        try:
            for writer in writers:
                for number, positions in writer.result():
                    verdicts[number].written.update(positions)
        finally:
            written.set()
        for reader in readers:
            reader.result()
    return verdicts


def _write(
    recorders: Sequence[ApplicationRecorder], events: int
) -> list[tuple[int, Sequence[int]]]:
    answers = []
    while events > 0:
        number = random.randrange(len(recorders))
        size = min(events, random.randint(1, LARGEST_BATCH))
        contact = uuid4()
        batch = [StoredEvent(contact, version, "tailed", b"{}") for version in range(1, size + 1)]
        answers.append((number, recorders[number].insert_events(batch) or ()))
        events -= size
    return answers


def _tail(recorder: ApplicationRecorder, last: int, verdict: Verdict, written: Event) -> None:
    while True:
        complete = written.is_set()  # asked before the page, which then shows all there is
        page = recorder.select_notifications(last, PAGE, inclusive_of_start=False)
        verdict.seen.update(notification.id for notification in page)
        if page:
            last = page[-1].id
        elif complete:
            return
