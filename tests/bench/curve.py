"""Draws how figures change with a size, by hand: both axes are logarithmic or both are not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log10

from tests.bench.plot import drawing, text

LEFT, TOP, WIDE, HIGH = 60, 40, 560, 220
COLOURS = ("#2a7f62", "#c2703d", "#3b5b92", "#7d4e8a")

Points = Sequence[tuple[float, float]]
"""Size and figure."""


@dataclass(frozen=True)
class Axis:
    """Where a value lies along a line of so many pixels."""

    least: float
    most: float
    pixels: int
    logarithmic: bool

    def __call__(self, value: float) -> float:
        """Return pixels from the start."""
        least, most, value = (self._even(number) for number in (self.least, self.most, value))
        return (value - least) / (most - least) * self.pixels

    def _even(self, value: float) -> float:
        return log10(value) if self.logarithmic else value


def curve(title: str, across: str, lines: Mapping[str, Points], *, logarithmic: bool) -> str:
    """Return an SVG with a line for each name; `across` says what the sizes are."""
    sizes = [size for points in lines.values() for size, _ in points]
    figures = [figure for points in lines.values() for _, figure in points]
    x = Axis(min(sizes), max(sizes), WIDE, logarithmic)
    bottom = min(figures) / 1.5 if logarithmic else 0
    y = Axis(bottom, max(figures) * 1.1, HIGH, logarithmic)
    shapes = [
        text(10, 20, title, "start"),
        text(LEFT + WIDE / 2, TOP + HIGH + 36, across, "middle"),
    ]
    ground = TOP + HIGH
    shapes.append(f'<path d="M{LEFT} {ground} h{WIDE}" stroke="#999" stroke-dasharray="3 3"/>')
    marks = sorted(set(sizes)) if len(set(sizes)) < 6 else (x.least, x.most)
    shapes += [text(LEFT + x(mark), TOP + HIGH + 18, f"{mark:,.0f}", "middle") for mark in marks]
    for (name, points), colour in zip(lines.items(), COLOURS, strict=False):
        shapes += line(name, points, colour, x, y)
    return drawing(LEFT + WIDE + 150, TOP + HIGH + 50, shapes)


def line(name: str, points: Points, colour: str, x: Axis, y: Axis) -> Iterator[str]:
    """Draw one line, with its first and last figure and its name at the end."""
    places = [(LEFT + x(size), TOP + HIGH - y(figure)) for size, figure in points]
    path = " ".join(f"{across:.1f},{up:.1f}" for across, up in places)
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for across, up in places if len(places) < 6 else ():
        yield f'<circle cx="{across:.1f}" cy="{up:.1f}" r="3" fill="{colour}"/>'
    yield text(places[0][0] - 6, places[0][1] + 4, f"{points[0][1]:.3g}", "end")
    yield text(places[-1][0] + 8, places[-1][1] + 4, f"{points[-1][1]:.3g} {name}", "start")
