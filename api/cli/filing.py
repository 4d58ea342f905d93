"""Hides how a command writes a file: whole, or not at all and with one line that says why."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, BinaryIO

import typer

from api.files import written


@contextmanager
def completed(path: Path) -> Iterator[BinaryIO]:
    """Lend a file that takes its place when complete, and that others may not read.

    Ends the command when it cannot be written.
    """
    try:
        with written(path) as file:
            yield file
    except OSError as failure:
        typer.echo(f"contacts: {path} cannot be written: {failure.strerror}", err=True)
        raise typer.Exit(1) from failure


@contextmanager
def opened(path: Path) -> Iterator[IO[str]]:
    """Lend the same for text."""
    with completed(path) as file:
        text = TextIOWrapper(file, encoding="utf-8", newline="")
        try:
            yield text
        finally:
            text.detach()
