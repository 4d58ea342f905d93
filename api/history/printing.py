"""Prints what happened for people, such that nothing in it steers a terminal."""

from collections.abc import Callable, Iterable
from typing import Any

from pydantic_core import to_json, to_jsonable_python
from rich.box import SIMPLE
from rich.table import Column, Table
from rich.text import Text

Json = dict[str, Any]

LONGEST_VALUE = 200


def table(events: Iterable[Json]) -> Table:
    """Tell a history in a table, an event a row, with its version (#) and its position."""
    places = (Column(name, justify="right") for name in ("#", "position"))
    who_acted, told_of = (Column(name, overflow="fold") for name in ("who", "what"))
    about = ("when (UTC)", who_acted, "source", told_of)
    rows = Table(*places, *about, box=SIMPLE, collapse_padding=True)
    for event in events:
        when = event["recordedAt"][:19].replace("T", " ")
        told = (when, who(event["actor"]), event["source"], what(event))
        rows.add_row(*map(visible, (event["version"], event["position"], *told)))
    return rows


def who(actor: Json) -> str:
    """Name the key, and the user for whom it claimed to act."""
    key = actor["keyName"] or actor["keyId"] or ""
    return f"{key} for {actor['userId']}" if actor["userId"] else key


def what(event: Json) -> str:
    """Say what happened, and below it old and new of every field.

    What came or went as a whole, as an appointment, is in the sentence already.
    """
    lines = [
        f"  {change['field']}: {arrow(change['old'], change['new'])}"
        for change in event["changes"]
        if not isinstance(change["old"] or change["new"], dict)
    ]
    return "\n".join([event["words"], *lines])


def arrow(old: object, new: object) -> str:
    """Show what became of a value."""
    if old in (None, "", []):
        return short(new)
    return f"{short(old)} → {short(new) or '(nothing)'}"


def appointment(place: Json) -> str:
    """Name a meeting with its start, and what became of it."""
    kind = (place["meetingType"] or {}).get("name") or "A meeting"
    became = {"cancelled": place["isCancelled"], "missed": place["isNoShow"]}
    words = [word for word, is_so in became.items() if is_so]
    return ", ".join([f"{kind} of {minute(place['start'])}", *words])


def submission(form: Json) -> str:
    """Name a form, and when it was filled in."""
    return f"{form['formName'] or 'A form'}, filled in {minute(form['submittedAt'])}"


def minute(instant: str) -> str:
    """Show a time as the sentences of a history do."""
    return f"{instant[:16].replace('T', ' ')} UTC"


def side(change: Json, which: str) -> str:
    """Show one side of a change; what came or went as a whole, as an appointment, by its name."""
    value = change[which]
    if isinstance(value, dict):
        for prefix, mark, tell in WHOLE:
            if change["field"].startswith(prefix) and mark in value:
                return tell(value)
    return short(value)


WHOLE: tuple[tuple[str, str, Callable[[Json], str]], ...] = (
    ("appointments.", "isNoShow", appointment),
    ("formSubmissions.", "submittedAt", submission),
)
"""How a field begins, what its value has if it is a whole one, and how that is told."""


def short(value: object) -> str:
    """Show a value in few words."""
    shown = to_jsonable_python(value)
    if isinstance(shown, list) and all(isinstance(part, str) for part in shown):
        shown = ", ".join(shown)
    if shown is None:
        return ""
    text = " ".join((shown if isinstance(shown, str) else to_json(shown).decode()).splitlines())
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def visible(value: object) -> Text:
    """Show a value as it is: no markup, and nothing that steers the terminal."""
    text = value if isinstance(value, str) else short(value)
    return Text("".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text))
