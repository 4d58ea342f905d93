"""Shows how far long work is: a bar on a terminal, lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from projections.rebuild.reporting import Tell

LINE_EVERY_SECONDS = 5.0


class Lines:
    """One line at each phase, and one now and then while events are counted."""

    def __init__(self, what: str) -> None:
        """Nothing has begun; `what` is counted."""
        self.what = what
        self.phase = ""
        self.began = self.said = 0.0

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Say it, unless something was said just now."""
        now = time.monotonic()
        if phase != self.phase:
            self.phase, self.began = phase, now
        elif now - self.said < LINE_EVERY_SECONDS:
            return
        self.said = now
        typer.echo(self.line(phase, done, total, now - self.began), err=True)

    def line(self, phase: str, done: int, total: int, seconds: float) -> str:
        """Return the phase with what can be said of its speed."""
        if not total:
            return phase
        if not done:
            return f"{phase}: {total:,}"
        left, speed = seconds * (total - done) / done, done / max(seconds, 0.001)
        return f"{phase}: {done:,} of {total:,}, {speed:,.0f}/s, {left:.0f} s left"


class Bars:
    """One bar a phase."""

    def __init__(self, progress: Progress, what: str) -> None:
        """Draw on `progress`; `what` is counted."""
        self.progress = progress
        self.what = what
        self.phase = ""
        self.task = TaskID(0)
        self.began = 0.0

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Move the bar, or begin the next one."""
        if phase != self.phase:
            self.complete()
            self.phase, self.began = phase, time.monotonic()
            self.task = self.progress.add_task(phase, total=total or None, speed="")
        seconds = time.monotonic() - self.began
        speed = f"{done / seconds:,.0f}/s" if done and seconds else ""
        self.progress.update(self.task, completed=done, total=total or None, speed=speed)

    def complete(self) -> None:
        """Fill the bar of a phase that nobody counted."""
        if self.phase and self.progress.tasks[self.task].total is None:
            self.progress.update(self.task, total=1, completed=1)


@contextmanager
def shown(what: str = "events") -> Iterator[Tell]:
    """Lend what shows progress, on standard error; `what` is counted."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Lines(what)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        bars = Bars(progress, what)
        yield bars
        bars.complete()
