"""Turns results into the page docs/benchmarks.md; what stands outside the marks is left alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.plot import plot
from tests.bench.rounds import Ratio, Result, Sample, Section, Spread

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
FIRST_PAGE = f"# Benchmarks\n\n{BEGIN}\n{END}\n"
PICTURE = "benchmarks.svg"

HOW = """\
Made by `make {target}`. Contestants are never compared across runs, only inside a round of one
run, in which they took turns (of {seconds:g} seconds where time is given) on one PostgreSQL; who
begins changes with each round. The load generator, the contestant and PostgreSQL share
the same {cores} cores, so a contestant is as fast as it is frugal, and whatever else the machine
does at the time slows it down. The lowest and the highest round are shown beside the median. CPU
is per contact, over all processes of a side. Nothing here is asserted by a test.
"""


@dataclass(frozen=True)
class Run:
    """How the figures came to be."""

    target: str
    seconds: float
    facts: Mapping[str, str]
    ceiling: str


def write(page: Path, run: Run, sections: Sequence[Section]) -> None:
    """Replace the measured part of the page, and the picture beside it."""
    ratios = [ratio for section in sections for ratio in section.ratios]
    text = page.read_text("utf-8") if page.exists() else FIRST_PAGE
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    parts = "\n".join(
        [
            HOW.format(target=run.target, seconds=run.seconds, cores=run.facts["cores"]),
            f"![How many times as fast]({PICTURE})\n",
            "## The run\n",
            table(("", ""), [("date", f"{datetime.now(UTC):%Y-%m-%d}"), *run.facts.items()]),
            run.ceiling,
            "## How many times as fast\n",
            comparison(ratios),
            *(section.text for section in sections),
        ]
    )
    page.write_text(f"{before}{BEGIN}\n\n{parts}\n{END}{after}", "utf-8")
    page.with_name(PICTURE).write_text(plot(ratios), "utf-8")


def comparison(ratios: Sequence[Ratio]) -> str:
    """Return the table of what shall be reached."""
    rows = [
        (ratio.what, ratio.other, times(ratio.spread), f"≥ {ratio.reach:g} ×") for ratio in ratios
    ]
    return table(("what", "against", "median (lowest – highest round)", "to reach"), rows)


def section(title: str, who: str, results: Sequence[Result]) -> Section:
    """Put contests of one kind together."""
    parts = [f"## {title}\n", who, *(details(result) for result in results)]
    return Section([ratio for result in results for ratio in result.ratios], "\n".join(parts))


def details(result: Result) -> str:
    """Return rates, latencies and CPU of one contest."""
    contest = result.contest
    kinds = list(next(iter(result.samples.values()))[0].cpu)
    head = (
        "",
        f"{contest.unit} a second",
        "p50 ms",
        "p95 ms",
        *(f"{kind} CPU ms" for kind in kinds),
    )
    rows = []
    for name in contest.contestants:
        spreads = [result.spread(name, figure) for figure in (p50, p95)]
        used = [f"{result.spread(name, cost(kind)).middle:.2f}" for kind in kinds]
        rate = figures(result.spread(name, lambda sample: sample.rate))
        rows.append((name, rate, *(f"{spread.middle:.1f}" for spread in spreads), *used))
    return f"### {contest.title}\n\n{table(head, rows)}"


def p50(sample: Sample) -> float:
    """Return the latency half of the requests stay under."""
    return sample.p50


def p95(sample: Sample) -> float:
    """Return the latency nearly all requests stay under."""
    return sample.p95


def cost(kind: str) -> Callable[[Sample], float]:
    """Return the figure: CPU milliseconds for each one done."""
    return lambda sample: 1000 * sample.cpu[kind] / max(1, sample.count)


def times(spread: Spread) -> str:
    """Show a ratio."""
    return f"**{spread.middle:.2f} ×** ({spread.least:.2f} – {spread.most:.2f})"


def figures(spread: Spread) -> str:
    """Show a rate."""
    return f"{spread.middle:,.0f} ({spread.least:,.0f} – {spread.most:,.0f})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
