"""What an examination found."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much it matters: only `wrong` makes the examination fail."""

    FINE = "fine"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and what is to be said of it."""

    about: str
    level: Level
    said: str


def fine(about: str, said: str) -> Finding:
    """Nothing is wrong."""
    return Finding(about, Level.FINE, said)


def note(about: str, said: str) -> Finding:
    """Something that the operator should know."""
    return Finding(about, Level.NOTE, said)


def wrong(about: str, said: str) -> Finding:
    """Something that must be put right; `said` names what helps."""
    return Finding(about, Level.WRONG, said)
