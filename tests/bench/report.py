"""Turns results into the page docs/benchmarks.md; what stands outside the marks is left alone."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.bench.kept import Measured
from tests.bench.machine import COMMIT
from tests.bench.plot import plot
from tests.bench.rounds import Ratio, Result, Sample, Section, Spread
from tests.bench.stage import Size

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
FIRST_PAGE = f"# Benchmarks\n\n{BEGIN}\n{END}\n"
PICTURE = "benchmarks.svg"

HOW = """\
Made by `make {target}`. Contestants are never compared across runs, only inside a round of one
run, in which they took turns (of {seconds:g} seconds where time is given) on one PostgreSQL; who
begins changes with each round. The load generator, the contestant and PostgreSQL share
the same {cores} cores, so a contestant is as fast as it is frugal, and whatever else the machine
does at the time slows it down. The lowest and the highest round are shown beside the median. CPU
is for each one done, over all processes of a side. Nothing here is asserted by a test. Single parts
are measured anew by name, as in `make {target} ARGS="search details"`; the others stay as they are,
and each says of which commit it is.
"""


def write(page: Path, size: Size, parts: Mapping[str, Measured]) -> None:
    """Replace the measured part of the page, and the pictures beside it."""
    ratios = [ratio for part in parts.values() for ratio in part.section.ratios]
    newest = max(parts.values(), key=lambda part: part.date)
    machine = [(name, value) for name, value in newest.facts.items() if name != COMMIT]
    text = page.read_text("utf-8") if page.exists() else FIRST_PAGE
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    shown = "\n".join(
        [
            HOW.format(target=size.target, seconds=size.seconds, cores=newest.facts["cores"]),
            f"![How many times as fast]({PICTURE})\n",
            "## The machine\n",
            table(("", ""), machine),
            "## How many times as fast\n",
            comparison(ratios),
            *(told(part) for part in parts.values()),
        ]
    )
    page.write_text(f"{before}{BEGIN}\n\n{shown}\n{END}{after}", "utf-8")
    page.with_name(PICTURE).write_text(plot(ratios), "utf-8")
    for part in parts.values():
        for name, picture in part.section.pictures.items():
            page.with_name(name).write_text(picture, "utf-8")


def told(part: Measured) -> str:
    """Return a part's section, with what was measured and when under its title."""
    title, _, rest = part.section.text.partition("\n\n")
    return f"{title}\n\nMeasured on {part.date}, commit {part.facts[COMMIT]}.\n\n{rest}"


def comparison(ratios: Sequence[Ratio]) -> str:
    """Return the table of what shall be reached, and of what shall not be exceeded."""
    rows = [
        (
            ratio.what,
            ratio.other,
            times(ratio.spread),
            f"{'≤' if ratio.cost else '≥'} {ratio.reach:g} ×",
            "yes" if ratio.met else "no",
        )
        for ratio in ratios
    ]
    head = ("what", "against", "median (lowest – highest round)", "to reach", "reached")
    return table(head, rows)


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
