"""Keeps what each part came to beside the page, so that one can be measured anew without others."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from tests.bench.rounds import Section


@dataclass(frozen=True)
class Measured:
    """A part's figures, and of what state of what machine they are."""

    date: str
    facts: Mapping[str, str]
    section: Section


_ALL = TypeAdapter(dict[str, Measured])


def beside(page: Path) -> Path:
    """Return where the figures of a page are kept."""
    return page.with_suffix(".json")


def read(page: Path) -> dict[str, Measured]:
    """Return the parts that were measured so far, by name."""
    file = beside(page)
    return _ALL.validate_json(file.read_bytes()) if file.exists() else {}


def keep(page: Path, parts: Mapping[str, Measured]) -> None:
    """Write them down."""
    beside(page).write_bytes(_ALL.dump_json(dict(parts), indent=1) + b"\n")
