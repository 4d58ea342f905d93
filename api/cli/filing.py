"""Hides how a command writes a file: whole, or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, BinaryIO

from api.files import written
from api.refusals import Refused


class FileNotWritten(Refused):
    """The message names the file and says why."""


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name the file as the operator does, whatever of it could not be written."""
    try:
        yield
    except OSError as failure:
        raise FileNotWritten(f"{path} cannot be written: {failure.strerror}") from failure


@contextmanager
def completed(path: Path) -> Iterator[BinaryIO]:
    """Lend a file that takes its place when complete, and that others may not read."""
    with naming(path), written(path) as file:
        yield file


@contextmanager
def opened(path: Path) -> Iterator[IO[str]]:
    """Lend the same for text."""
    with completed(path) as file:
        text = TextIOWrapper(file, encoding="utf-8", newline="")
        try:
            yield text
        finally:
            text.detach()
