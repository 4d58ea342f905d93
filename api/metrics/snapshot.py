"""The figures of one process at one moment, in a form that other processes can read and add up."""

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import TypeAdapter

from api.bootstrap import Service
from api.metrics.figures import Histogram

Labels = tuple[str, ...]
Values = list[tuple[Labels, list[float]]]


class Kind(StrEnum):
    """How figures are put together: `now` counts of living processes only."""

    COUNTER = "counter"
    HISTOGRAM = "histogram"
    NOW = "now"
    OLDEST = "oldest"


@dataclass(slots=True)
class Family:
    """What has one name: a value for each set of labels; of a histogram its classes and total."""

    kind: Kind
    about: str
    labels: Labels = ()
    bounds: tuple[float, ...] = ()
    values: Values = field(default_factory=list)


@dataclass(slots=True)
class Snapshot:
    """Everything that a process has counted; `taken_at` is Unix time."""

    pid: int
    taken_at: float
    families: dict[str, Family]


CODEC = TypeAdapter(Snapshot)


def taken(service: Service) -> Snapshot:
    """Read the figures of this process."""
    families = {
        **of_requests(service),
        **of_writer(service),
        **of_intake(service),
        **of_pools(service),
    }
    return Snapshot(os.getpid(), time.time(), families)


def of_requests(service: Service) -> dict[str, Family]:
    """Read what was asked and answered."""
    figures = service.figures
    answered = [
        ((method, route, str(status)), histogram)
        for (method, route, status), histogram in list(figures.requests.items())
    ]
    return {
        "contacts_http_request_seconds": histograms(
            "Time from the first to the last byte of an answer.",
            ("method", "route", "status"),
            answered,
        ),
        "contacts_refused": Family(
            Kind.COUNTER, "Requests that were refused.", ("code",), values=counted(figures.refused)
        ),
    }


def of_writer(service: Service) -> dict[str, Family]:
    """Read what the writer has done and what waits for it."""
    figures, writer = service.figures, service.writer
    return {
        "contacts_batch_requests": histograms(
            "Requests that one transaction took.", (), [((), figures.batches)]
        ),
        "contacts_batch_seconds": histograms(
            "Time of a transaction, from its locks to its answers.",
            (),
            [((), figures.transactions)],
        ),
        "contacts_commit_seconds": histograms(
            "Time in which events and rows are sent and committed.", (), [((), figures.commits)]
        ),
        "contacts_writes": Family(
            Kind.COUNTER, "Requests to the writer.", ("outcome",), values=counted(figures.outcomes)
        ),
        "contacts_writer_alive": now("Processes that can write.", writer.alive),
        "contacts_writer_waiting": now("Requests that wait to be written.", writer.waiting),
        "contacts_writer_oldest_seconds": Family(
            Kind.OLDEST,
            "How long the oldest of them has waited.",
            values=[((), [writer.longest_wait()])],
        ),
    }


def of_intake(service: Service) -> dict[str, Family]:
    """Read what became of deliveries."""
    counts = service.intake.counts
    seen = {"done": counts.taken, "kept": counts.kept, "refused": counts.refused}
    about = "Deliveries of schedulers, by what became of them at first."
    return {"contacts_intake": Family(Kind.COUNTER, about, ("outcome",), values=counted(seen))}


def of_pools(service: Service) -> dict[str, Family]:
    """Read how busy the connections for reading are, and those to the edge's tables."""
    connections: Values = []
    waiting: Values = []
    for name, pool in (("read", service.pool), ("edge", service.edge)):
        stats = pool.get_stats()
        busy = stats.get("pool_size", 0) - stats.get("pool_available", 0)
        connections.append(((name,), [busy]))
        waiting.append(((name,), [stats.get("requests_waiting", 0)]))
    return {
        "contacts_pool_busy": Family(
            Kind.NOW, "Connections in use.", ("pool",), values=connections
        ),
        "contacts_pool_waiting": Family(
            Kind.NOW, "Requests that wait for a connection.", ("pool",), values=waiting
        ),
    }


def counted(counts: Mapping[str, int]) -> Values:
    """Read counters of one label; another thread may be counting."""
    return [((name,), [float(count)]) for name, count in list(counts.items())]


def now(about: str, value: float) -> Family:
    """Describe what is so at this moment."""
    return Family(Kind.NOW, about, values=[((), [float(value)])])


def histograms(about: str, labels: Labels, measured: Iterable[tuple[Labels, Histogram]]) -> Family:
    """Describe histograms, which all have the same classes."""
    found = list(measured)
    bounds = tuple(found[0][1].bounds) if found else ()
    values = [(label, [*one.counts, one.total]) for label, one in found]
    return Family(Kind.HISTOGRAM, about, labels, bounds, values)


def together(snapshots: list[Snapshot], living: set[int]) -> dict[str, Family]:
    """Add up what several processes have counted; what is so now is told by the living ones."""
    families: dict[str, Family] = {}
    for snapshot in snapshots:
        for name, family in snapshot.families.items():
            counted = family.kind in {Kind.COUNTER, Kind.HISTOGRAM}
            if counted or snapshot.pid in living:
                known = families.get(name)
                families[name] = family if known is None else added(known, family)
    return families


def added(one: Family, two: Family) -> Family:
    """Add up two families of one name."""
    values = dict(one.values)
    for labels, value in two.values:
        mine = values.get(labels, [0.0] * len(value))
        values[labels] = (
            [max(mine[0], value[0])]
            if one.kind is Kind.OLDEST
            else [a + b for a, b in zip(mine, value, strict=True)]
        )
    return Family(one.kind, one.about, one.labels, one.bounds or two.bounds, list(values.items()))
