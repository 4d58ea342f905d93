"""Draws ratios as bars, by hand: a page needs no plotting library for that."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import log

from tests.bench.rounds import Ratio

LABELS, BARS, ROW, TOP = 430, 420, 24, 34
FAST = "times as fast as … (bar: median, line: rounds, tick: to reach)"
MUCH = "times as much as … (tick: not to exceed)"


def plot(ratios: Sequence[Ratio]) -> str:
    """Return an SVG: a bar a ratio, a line from lowest to highest round, a tick to reach.

    What shall be much comes first, then the costs, which shall be little. The scale is logarithmic,
    so that half as fast is as far from 1 as twice as fast.
    """
    least = min(0.5, *(min(ratio.spread.least, ratio.reach) for ratio in ratios))
    most = max(2.0, *(max(ratio.spread.most, ratio.reach) for ratio in ratios))
    scale = Scale(log(least), BARS / (log(most) - log(least)))
    shapes: list[str] = []
    height = 0
    for title, cost in ((FAST, False), (MUCH, True)):
        if group := [ratio for ratio in ratios if ratio.cost is cost]:
            shapes += bars(height, title, group, scale)
            height += TOP + ROW * len(group) + 16
    return drawing(LABELS + BARS + 90, height, shapes)


def drawing(width: int, height: int, shapes: Sequence[str]) -> str:
    """Put shapes on white ground."""
    drawn = "\n".join(shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{drawn}\n</svg>\n'
    )


def bars(top: int, title: str, ratios: Sequence[Ratio], scale: "Scale") -> Iterator[str]:
    """Draw ratios of one kind below each other."""
    yield text(10, top + 20, title, "start")
    end = top + TOP + ROW * len(ratios) + 8
    yield upright(scale(1), top + TOP - 6, end, 'stroke="#999" stroke-dasharray="3 3"')
    for number, ratio in enumerate(ratios):
        yield from row(top + TOP + ROW * number, ratio, scale)


@dataclass(frozen=True)
class Scale:
    """Where a ratio lies from left to right."""

    start: float
    even: float

    def __call__(self, ratio: float) -> float:
        """Return pixels from the end of the labels."""
        return (log(ratio) - self.start) * self.even


def row(y: int, ratio: Ratio, scale: Scale) -> Iterator[str]:
    """Draw one ratio."""
    spread = ratio.spread
    fill = "#2a7f62" if ratio.met else "#c2703d"
    middle = y + ROW / 2
    ends = sorted((scale(1), scale(spread.middle)))
    yield text(LABELS - 8, middle + 4, f"{ratio.what}: {ratio.other}", "end")
    yield (
        f'<rect x="{LABELS + ends[0]:.1f}" y="{y + 5}" width="{ends[1] - ends[0]:.1f}" '
        f'height="{ROW - 10}" fill="{fill}"/>'
    )
    yield level(scale(spread.least), scale(spread.most), middle)
    yield upright(scale(ratio.reach), y + 2, y + ROW - 2, 'stroke="#222" stroke-width="2"')
    end = LABELS + scale(max(spread.most, ratio.reach, 1)) + 6
    yield text(end, middle + 4, f"{spread.middle:.2f} ×", "start")


def level(x1: float, x2: float, y: float) -> str:
    """Draw a line along a bar."""
    ends = f'x1="{LABELS + x1:.1f}" x2="{LABELS + x2:.1f}"'
    return f'<line {ends} y1="{y:.1f}" y2="{y:.1f}" stroke="#222"/>'


def upright(x: float, y1: float, y2: float, style: str) -> str:
    """Draw a line across bars."""
    at = LABELS + x
    return f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{y1:.1f}" y2="{y2:.1f}" {style}/>'


def text(x: float, y: float, words: str, anchor: str) -> str:
    """Write words."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#222">{escape(words)}</text>'
    )
