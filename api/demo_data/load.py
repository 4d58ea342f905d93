"""Writes made-up histories as real events: through `append`, with their rows, in large batches."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from psycopg import Connection
from uuid_utils.compat import uuid7

from api.demo_data.histories import history
from api.demo_data.people import person
from domain.eventlog.batch import BatchLog, flush
from domain.eventlog.log import Meta
from domain.eventlog.mapper import ContactMapper
from domain.kernel import Event, Pending, Recorded
from projections.inline import ContactRows, Inline

CONTACTS_A_BATCH = 1_000
COMPANIES = 50
STEEPNESS = 1.4
"""Company sizes follow Zipf: with 50 companies the largest has four tenths of all contacts."""

META = Meta(actor="demo", source="demo")
OWNERS = 12
LOCK = "SELECT position, recorded_at, clock_timestamp() FROM log.lock_heads(%s)"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made, for one company."""

    rank: int
    contacts: int
    events: int


def plans(contacts: int, events: int) -> list[Plan]:
    """Share contacts and events out over companies; the numbers add up."""
    weights = [rank**-STEEPNESS for rank in range(1, min(COMPANIES, contacts) + 1)]
    made: list[Plan] = []
    left, left_events = contacts, events
    for rank, weight in enumerate(weights, start=1):
        share = weight / sum(weights[rank - 1 :])
        mine = max(1, min(round(left * share), left - (len(weights) - rank)))
        my_events = left_events if rank == len(weights) else round(left_events * mine / left)
        made.append(Plan(rank, mine, max(mine, my_events)))
        left, left_events = left - mine, left_events - made[-1].events
    return made


def load(
    connection: Connection[Any],
    company_id: UUID,
    plan: Plan,
    random: Random,
    done: Callable[[int], None],
) -> int:
    """Write a company's contacts, a transaction for each thousand; returns the events written."""
    owners = [UUID(int=random.getrandbits(128), version=4) for _ in range(OWNERS)]
    events = written = 0
    while written < plan.contacts:
        count = min(CONTACTS_A_BATCH, plan.contacts - written)
        quota = round(plan.events * (written + count) / plan.contacts) - events
        histories = made_up(random, owners, written, count, quota)
        events += append(connection, company_id, histories)
        written += count
        done(count)
    return events


def made_up(
    random: Random, owners: list[UUID], first: int, count: int, quota: int
) -> Iterator[list[Event]]:
    """Make up the histories of one batch, with `quota` events in all."""
    more = [0] * count
    for _ in range(max(0, quota - count)):
        more[random.randrange(count)] += 1
    for number, extra in enumerate(more, start=first):
        yield list(history(random, person(random, number), owners, extra))


def append(connection: Connection[Any], company_id: UUID, histories: Iterator[list[Event]]) -> int:
    """Append a batch of histories and write their rows, in one transaction."""
    read_side, mapper, rows, events = Inline(), ContactMapper(), list[ContactRows](), 0
    with connection.transaction():
        position, recorded_at, now = connection.execute(LOCK, ([company_id],)).fetchall()[0]
        log = BatchLog(company_id, connection, position, max(now, recorded_at))
        for story in histories:
            contact = read_side.empty(company_id, uuid7())
            rows.append(contact)
            for version, event in enumerate(story, start=1):
                pending = Pending(contact.contact_id, version, event)
                [place] = log.insert_events([mapper.to_stored_event(pending)], meta=META)
                contact.fold(Recorded(contact.contact_id, version, event, place, log.at))
                events += 1
        flush(connection, [log])
        read_side.write(connection, rows)
    return events
