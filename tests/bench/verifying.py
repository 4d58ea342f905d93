"""Verifying an export against hashing the same bytes, in turns, with nothing else around."""

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from random import Random
from statistics import median
from time import process_time
from uuid import UUID

from api.audit import export
from api.audit.export import Row
from api.audit.verifier import verify
from api.demo_data.histories import history
from api.demo_data.people import person
from domain.eventlog import chain
from domain.eventlog.mapper import ContactMapper
from domain.kernel import Pending
from tests.bench.report import table
from tests.bench.rounds import Ratio, Section, Spread
from tests.bench.stage import Stage

COMPANY = UUID("0190a5f0-1c2d-7e3f-8a4b-5c6d7e8f9a0b")
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
EVENTS_A_CONTACT = 3
ROUNDS = 9
WANTED = 0.2
WHO = """\
- **contacts audit verify**: reads each line, checks every field, both orders and the chain.
- **SHA-256**: hashlib alone over the same bytes, which lie ready. CPU time of one process each.
"""


@dataclass
class Log:
    """An export, and the bytes that are hashed when it is verified."""

    lines: list[bytes] = field(default_factory=list)
    hashed: list[tuple[bytes, bytes]] = field(default_factory=list)

    @classmethod
    def made_up(cls, events: int) -> "Log":
        """Make up a log with the same people as `contacts demo-data`."""
        log, head = cls([export.header(COMPANY, None)]), chain.genesis(COMPANY)
        for row in stored(events):
            fields = {name: getattr(row, name) for name in Row._fields[:9]}
            entry, state = chain.entry(**fields), row.state or b""
            head = chain.link(head, entry, chain.digest(state))
            log.hashed.append((entry, state))
            log.lines.append(export.event(row._replace(digest=chain.digest(state), hash=head)))
        log.lines.append(export.trailer(events, head))
        return log


def stored(events: int) -> Iterator[Row]:
    """Yield made-up events as they would be stored, without digests and hashes."""
    random, mapper = Random(1), ContactMapper()
    position = 0
    while position < events:
        contact_id = UUID(int=random.getrandbits(128), version=4)
        story = history(random, person(random, position), [contact_id], EVENTS_A_CONTACT - 1)
        for version, event in enumerate(story, start=1):
            if position == events:
                return
            position += 1
            kept = mapper.to_stored_event(Pending(contact_id, version, event))
            place = (COMPANY, position, contact_id, version, kept.topic, AT)
            request_id = str(UUID(int=random.getrandbits(128), version=4))
            who = (f"{contact_id}/user-1", "api", request_id)
            yield Row(*place, *who, b"", b"", kept.state)


def hash_alone(hashed: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Compute the chain from bytes that lie ready, and compare nothing."""
    head = chain.genesis(COMPANY)
    for entry, state in hashed:
        head = sha256(head + sha256(entry).digest() + sha256(state).digest()).digest()
    return head


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds that work takes: other processes of the machine do not count."""
    gc.collect()
    began = process_time()
    work()
    return process_time() - began


def section(events: int) -> Section:
    """Let both take turns, and say what it came to."""
    log = Log.made_up(events)
    alone, verified = [], []
    for _ in range(ROUNDS):
        alone.append(seconds(lambda: hash_alone(log.hashed)))
        verified.append(seconds(lambda: verify(log.lines)))
    ratios = [one / other for one, other in zip(alone, verified, strict=True)]
    rows = [
        ("hashing alone, µs an event", f"{median(alone) / events * 1e6:.2f}"),
        ("verifying, µs an event", f"{median(verified) / events * 1e6:.2f}"),
        ("verified events a second", f"{events / median(verified):,.0f}"),
    ]
    shared = Ratio(f"Verify an export of {events:,} events", "SHA-256", Spread.of(ratios), WANTED)
    return Section([shared], f"## Verifying\n\n{WHO}\n{table(('', ''), rows)}")


def part(stage: Stage) -> Section:
    """Verify an export; it needs no server."""
    stage.tell(f"Verify {stage.size.events:,} events")
    return section(stage.size.events)
