"""Renders figures in the format that Prometheus and its kin read."""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from api.metrics.snapshot import Family, Kind

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4


class Families(Collector):
    """What `generate_latest` asks."""

    def __init__(self, families: dict[str, Family]) -> None:
        """Render these."""
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Yield each family as the library's own."""
        for name, family in sorted(self._families.items()):
            yield rendered(name, family)


def exposition(families: dict[str, Family]) -> bytes:
    """Return the text that is scraped."""
    return generate_latest(Families(families))


def rendered(name: str, family: Family) -> Metric:
    """Turn a family into the library's own."""
    if family.kind is Kind.HISTOGRAM:
        histogram = HistogramMetricFamily(name, family.about, labels=family.labels)
        for labels, (*counts, total) in family.values:
            histogram.add_metric(labels, buckets(family.bounds, counts), total)
        return histogram
    kind = CounterMetricFamily if family.kind is Kind.COUNTER else GaugeMetricFamily
    metric = kind(name, family.about, labels=family.labels)
    for labels, (value,) in family.values:
        metric.add_metric(labels, value)
    return metric


def buckets(bounds: Iterable[float], counts: list[float]) -> list[tuple[str, float]]:
    """Return the classes as the format wants them: each with all that is smaller."""
    names = [*(f"{bound:g}" for bound in bounds), "+Inf"]
    return list(zip(names, accumulate(counts), strict=True))
