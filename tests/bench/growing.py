"""What a create and a search cost as there are more contacts."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from statistics import median

import psycopg

from tests.bench import people
from tests.bench.curve import curve
from tests.bench.people import Callers
from tests.bench.report import table
from tests.bench.rounds import Ratio, Sample, Section, Spread
from tests.bench.servers import Server, serving
from tests.bench.stage import Stage

TIMES_MORE = (1, 10, 100)
CREATES = 100
"""A turn, so that what is measured does not grow by being measured."""
REACH = {"create": 1.2, "search": 3.0}
PICTURE = "growing.svg"
GROWING = """\
`contacts serve` among so many contacts, in made-up companies of which the largest has four tenths
of all. One client, over HTTP: {creates} creates in the largest company, and the 240 fixed questions
of [Search](#search) once, with their pages and totals. Milliseconds, p50.
"""
Turns = dict[str, list[Sample]]
"""What was done in each round."""


@dataclass(frozen=True)
class Grown:
    """A service with so many contacts, and who calls it."""

    server: Server
    callers: Callers

    def create(self) -> Sample:
        """Create contacts in the largest company."""
        return replace(self.server, headers=[self.callers.largest]).create(1, CREATES)

    def search(self) -> Sample:
        """Ask every question once."""
        return self.server.answer_all(1, self.callers.searches)


@contextmanager
def grown(stage: Stage, contacts: int) -> Iterator[tuple[Grown, str]]:
    """Run the service on a copy with so many contacts; gives its URL too."""
    with (
        people.copied(stage, contacts) as url,
        serving(url, stage.folder / str(contacts)) as server,
    ):
        yield Grown(server, people.callers(url)), url


def part(stage: Stage) -> Section:
    """Do the same among few and many contacts, round by round."""
    sizes = [stage.size.contacts * times // TIMES_MORE[-1] for times in TIMES_MORE]
    with ExitStack() as running:
        services = {size: running.enter_context(grown(stage, size))[0] for size in sizes}
        settle(stage)
        turns: dict[int, Turns] = {size: {"create": [], "search": []} for size in sizes}
        for number in range(stage.size.rounds + 1):  # the first one warms up
            for size, service in services.items():
                done = {"create": service.create(), "search": service.search()}
                for name, sample in done.items() if number else ():
                    turns[size][name].append(sample)
            stage.tell(f"  round {number} of {stage.size.rounds}")
    return growth(turns)


def growth(turns: Mapping[int, Turns]) -> Section:
    """Compare every size with the smallest."""
    least, *more = turns
    ratios = [
        Ratio(
            f"{name.capitalize()}, p50, among {size:,} contacts",
            f"among {least:,}",
            Spread.of(each(turns[size][name], turns[least][name], "p50")),
            REACH[name],
            cost=True,
        )
        for name in REACH
        for size in more
    ]
    rows = [
        (f"{size:,}", *(f"{median(s.p50 for s in of[name]):.1f}" for name in REACH))
        for size, of in turns.items()
    ]
    lines = {
        name: [(float(size), median(s.p50 for s in of[name])) for size, of in turns.items()]
        for name in REACH
    }
    how = GROWING.format(creates=CREATES)
    shown = f"![Milliseconds by number of contacts]({PICTURE})\n"
    text = f"## As work grows\n\n{how}\n{table(('contacts', *REACH), rows)}\n{shown}"
    drawn = curve("milliseconds, p50, over HTTP", "contacts", lines, logarithmic=True)
    return Section(ratios, text, {PICTURE: drawn})


def each(ones: Sequence[Sample], others: Sequence[Sample], figure: str) -> list[float]:
    """Compare a latency round by round."""
    pairs = zip(ones, others, strict=True)
    return [getattr(one, figure) / getattr(other, figure) for one, other in pairs]


def settle(stage: Stage) -> None:
    """Have what was copied written to the disk before anything is measured."""
    with psycopg.connect(stage.server_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
