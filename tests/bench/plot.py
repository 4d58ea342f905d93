"""Draws ratios as bars, by hand: a page needs no plotting library for that."""

from collections.abc import Iterator, Sequence
from html import escape

from tests.bench.rounds import Result, Spread

LABELS, BARS, ROW, TOP = 330, 420, 26, 34


def plot(results: Sequence[Result]) -> str:
    """Return an SVG: a bar a ratio, a line from lowest to highest round, a tick to reach."""
    lines = [
        (result.contest.title, other, result.ratio(other), reach)
        for result in results
        for other, reach in result.contest.reach.items()
    ]
    most = max(max(spread.most, reach) for _, _, spread, reach in lines)
    width, height = LABELS + BARS + 90, TOP + ROW * len(lines) + 16
    even = BARS / most
    shapes = [
        text(10, 20, "times as fast as … (bar: median, line: rounds, tick: to reach)", "start"),
        upright(even, TOP - 6, height - 8, 'stroke="#999" stroke-dasharray="3 3"'),
    ]
    for number, (title, other, spread, reach) in enumerate(lines):
        label = f"{title.removeprefix('Create over HTTP, ')}: {other}"
        shapes += row(TOP + ROW * number, label, spread, reach, BARS / most)
    drawn = "\n".join(shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{drawn}\n</svg>\n'
    )


def row(y: int, label: str, spread: Spread, reach: float, scale: float) -> Iterator[str]:
    """Draw one ratio."""
    fill = "#2a7f62" if spread.middle >= reach else "#c2703d"
    middle, bar = y + ROW / 2, spread.middle * scale
    yield text(LABELS - 8, middle + 4, label, "end")
    yield f'<rect x="{LABELS}" y="{y + 5}" width="{bar:.1f}" height="{ROW - 10}" fill="{fill}"/>'
    yield level(spread.least * scale, spread.most * scale, middle)
    yield upright(reach * scale, y + 2, y + ROW - 2, 'stroke="#222" stroke-width="2"')
    end = LABELS + max(spread.most, reach) * scale + 6
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
