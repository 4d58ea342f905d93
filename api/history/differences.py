"""Compares two states of a contact field by field, in the words of the API."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from pydantic_core import to_jsonable_python

from api.contacts import rendering
from domain.contact.contact import differs
from projections.contacts.projector import ContactRow
from projections.inline import APPOINTMENTS, CONTACTS, SUBMISSIONS, VIEWS, ContactRows
from projections.kernel import Key

Json = dict[str, Any]

TOLD_ELSEWHERE = ("id", "createdAt", "updatedAt")
"""Fields that change with every event, or never."""

NOT_SHOWN = frozenset({"version", "updated_at", "meetings"})
"""Columns that change with an event although nothing that is compared does."""

OPENED = ("address", "additionalData")
"""Fields that are compared part by part."""


def of_step(before: ContactRows, after: ContactRows) -> list[Json]:
    """Return what one event changed; `after` knows which rows it touched."""
    return list(compared(before, after, after.changed))


def between(before: ContactRows, after: ContactRows) -> list[Json]:
    """Return what differs between two states, however far apart."""
    pairs = zip(before.views, after.views, strict=True)
    return list(compared(before, after, [list({**old, **new}) for old, new in pairs]))


def compared(
    before: ContactRows, after: ContactRows, keys: Sequence[Collection[Key]]
) -> Iterator[Json]:
    """Compare the rows with these keys, view by view."""
    of_view = dict(zip(VIEWS, keys, strict=True))
    if of_view[CONTACTS]:
        old, new = (rows.of(CONTACTS).get(()) for rows in (before, after))
        if not looks_alike(old, new):
            yield from fields(contact(old), contact(new))
    for view, prefix, render in (
        (APPOINTMENTS, "appointments", rendering.appointment),
        (SUBMISSIONS, "formSubmissions", rendering.submission),
    ):
        for key in sorted(of_view[view], key=str):
            old_row, new_row = before.of(view).get(key), after.of(view).get(key)
            yield from item(
                f"{prefix}.{label(key)}", plain(render, old_row), plain(render, new_row)
            )


def looks_alike(old: ContactRow | None, new: ContactRow | None) -> bool:
    """Tell of most events, at little cost, that they left what is shown of a contact as it was.

    A fold hands on the very values that it does not change.
    """
    if old is None or new is None:
        return old is new
    changed = (name for name, a, b in zip(ContactRow._fields, old, new, strict=True) if a is not b)
    return NOT_SHOWN.issuperset(changed)


def contact(row: Any) -> Json:  # noqa: ANN401  # a row of the view, or None
    """Return the contact's fields by name; empty ones, without a status, when there is none yet."""
    shown = to_jsonable_python(rendering.contact(row or ContactRow(), None))
    parts = {name: shown.pop(name) or {} for name in OPENED}
    flat = {name: value for name, value in shown.items() if name not in TOLD_ELSEWHERE}
    for whole, inner in parts.items():
        flat |= {f"{whole}.{name}": value for name, value in inner.items()}
    return {**flat, "status": None if row is None else row.status}


def plain(render: Any, row: Any) -> Json | None:  # noqa: ANN401  # one of the renderers and its row
    """Render a row as JSON shows it."""
    return None if row is None else to_jsonable_python(render(row))


def item(field: str, old: Json | None, new: Json | None) -> Iterator[Json]:
    """Compare one appointment or submission: whole when it came or went, else by its fields."""
    if old is None or new is None:
        yield {"field": field, "old": old, "new": new}
    else:
        yield from fields(old, new, f"{field}.")


def fields(old: Json, new: Json, prefix: str = "") -> Iterator[Json]:
    """Compare field by field, in the order in which a contact is shown."""
    for name in {**new, **old}:
        before, after = old.get(name), new.get(name)
        if differs(before, after):
            yield {"field": prefix + name, "old": before, "new": after}


def label(key: Key) -> str:
    """Name a row by the ids that callers know."""
    return "/".join(map(str, key)) if isinstance(key, tuple) else str(key)
