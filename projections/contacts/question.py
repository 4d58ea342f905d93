"""What is asked of a list of contacts: which ones, in which order, and what part of them."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Filter:
    """Which contacts: every word of the term found, the tags there (or not), this owner."""

    term: str = ""
    tags: tuple[str, ...] = ()
    tags_mode: Literal["all", "any", "none"] = "all"
    owner_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """By which key, in which direction; contacts without the key come last, equal ones by id."""

    by: str
    descending: bool


@dataclass(frozen=True, slots=True)
class After:
    """The place in the order behind which a page begins: a contact's key and id."""

    key: object
    contact_id: UUID


@dataclass(frozen=True, slots=True)
class Slice:
    """Which part of the order: `limit` contacts, from `offset` on or behind a place."""

    limit: int
    offset: int = 0
    after: After | None = None
