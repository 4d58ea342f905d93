"""Lets contestants take turns and compares them by rounds: only neighbours in time are alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

Measure = Callable[[float], "Sample"]
"""Does something for about so many seconds and tells how much of it was done."""


@dataclass(frozen=True)
class Sample:
    """One contestant's turn; milliseconds for latencies, seconds for CPU."""

    count: int
    seconds: float
    refused: int
    p50: float
    p95: float
    cpu: Mapping[str, float]

    @property
    def rate(self) -> float:
        """Return how many a second."""
        return self.count / self.seconds


@dataclass(frozen=True)
class Contest:
    """What is measured; the first contestant is compared with each other one, which has a reach."""

    title: str
    unit: str
    contestants: Mapping[str, Measure]
    reach: Mapping[str, float]


@dataclass(frozen=True)
class Spread:
    """A figure over all rounds."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Take the figures of all rounds together."""
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True)
class Ratio:
    """How many times as fast the service is as somebody else, and how far it shall reach.

    Of a `cost`, how many times as much it is, and what it shall not exceed.
    """

    what: str
    other: str
    spread: Spread
    reach: float
    cost: bool = False

    @property
    def met(self) -> bool:
        """Tell whether it is as it shall be."""
        middle = self.spread.middle
        return middle <= self.reach if self.cost else middle >= self.reach


@dataclass(frozen=True)
class Section:
    """What one kind of work came to, and the tables behind it as Markdown.

    `pictures` are SVG by file name; the text shows them.
    """

    ratios: Sequence[Ratio]
    text: str
    pictures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """A contest and everybody's turns, in the order of the rounds."""

    contest: Contest
    samples: Mapping[str, Sequence[Sample]]

    def spread(self, name: str, figure: Callable[[Sample], float]) -> Spread:
        """Return a figure of one contestant."""
        return Spread.of([figure(sample) for sample in self.samples[name]])

    def ratio(self, other: str) -> Spread:
        """Return how many times as fast the first one was, each round compared with itself."""
        first = next(iter(self.contest.contestants))
        pairs = zip(self.samples[first], self.samples[other], strict=True)
        return Spread.of([one.rate / two.rate for one, two in pairs])

    @property
    def ratios(self) -> list[Ratio]:
        """Return the comparisons that the contest is held for."""
        reach = self.contest.reach.items()
        return [Ratio(self.contest.title, name, self.ratio(name), least) for name, least in reach]


def compete(contest: Contest, rounds: int, seconds: float, tell: Callable[[str], None]) -> Result:
    """Warm everybody up, then let them take turns; who begins changes with each round."""
    names = list(contest.contestants)
    samples: dict[str, list[Sample]] = {name: [] for name in names}
    for name in names:
        contest.contestants[name](min(seconds, 2.0))
    for number in range(rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            samples[name].append(contest.contestants[name](seconds))
        rates = ", ".join(f"{name} {samples[name][-1].rate:,.0f}" for name in names)
        tell(f"  round {number + 1} of {rounds}: {rates} {contest.unit}/s")
    return Result(contest, samples)
