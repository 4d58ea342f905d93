"""Prints what happened for people, such that nothing in it steers a terminal."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pydantic_core import to_json, to_jsonable_python
from rich.console import Console
from rich.text import Text

Json = dict[str, Any]

LONGEST_VALUE = 200
NOTHING = "(nothing)"
INDENT = 5
NARROWEST = 20


def tell(console: Console, events: Iterable[Json]) -> None:
    """Print a history, an event a block: version (#), when and what; then where, and by whom.

    Old and new of its fields stand below. What is too wide is broken over lines, not cut off.
    """
    for number, event in enumerate(events):
        if number:
            console.print()
        block = [
            *hung(console, f"#{event['version']} ".ljust(INDENT), headline(event)),
            *hung(console, " " * INDENT, visible(where(event), "dim")),
            *fields(console, (one for one in event["changes"] if whole(one) is None), INDENT),
        ]
        console.print(*block, sep="\n", soft_wrap=True)


def fields(console: Console, changes: Iterable[Json], indent: int = 0) -> Iterator[Text]:
    """Show old and new of every field, each on lines of its own."""
    for change in changes:
        text = visible(f"{change['field']}: {arrow(change)}")
        yield from hung(console, f"{' ' * indent}· ", text)


def hung(console: Console, beginning: str, text: Text) -> Iterator[Text]:
    """Put a text behind its beginning; what does not fit goes on below the text.

    A grid of the library's would do the same, and take three times as long.
    """
    for line in text.wrap(console, max(console.width - len(beginning), NARROWEST), overflow="fold"):
        line.rstrip()
        yield Text.assemble(beginning, line)
        beginning = " " * len(beginning)


def headline(event: Json) -> Text:
    """Say when and what; the words stand out."""
    when = event["recordedAt"][:19].replace("T", " ")
    return Text.assemble(f"{when} UTC  ", visible(event["words"], "bold"))


def where(event: Json) -> str:
    """Say where an event stands in the log, how it came in, and by whom."""
    parts = (f"position {event['position']}", event["source"], who(event["actor"]))
    return " · ".join(filter(None, parts))


def who(actor: Json) -> str:
    """Name the key, and the user for whom it claimed to act."""
    key = actor["keyName"] or actor["keyId"] or ""
    return f"{key} for {actor['userId']}" if actor["userId"] else key


def arrow(change: Json) -> str:
    """Show what became of a value; one that was not there before is not mentioned."""
    name = whole(change) or short
    old, new = ("" if side is None else name(side) for side in (change["old"], change["new"]))
    return f"{old} → {new or NOTHING}" if old else new or NOTHING


def whole(change: Json) -> Callable[[Json], str] | None:
    """Return what names an appointment or form that came or went; None for all other changes."""
    [side, *other] = [side for side in (change["old"], change["new"]) if side is not None]
    if isinstance(side, dict) and not other:
        for prefix, mark, name in WHOLE:
            if change["field"].startswith(prefix) and mark in side:
                return name
    return None


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


WHOLE: tuple[tuple[str, str, Callable[[Json], str]], ...] = (
    ("appointments.", "isNoShow", appointment),
    ("formSubmissions.", "submittedAt", submission),
)
"""How a field begins, what its value has if it is a whole one, and what names that."""


def short(value: object) -> str:
    """Show a value on one line, and in few words."""
    text = " ".join(in_words(value).splitlines())
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def in_words(value: object) -> str:
    """Show a value whole: a text as it is, a list of texts with commas, anything else as JSON."""
    shown = to_jsonable_python(value)
    if isinstance(shown, list) and all(isinstance(part, str) for part in shown):
        return ", ".join(shown)
    return shown if isinstance(shown, str) else to_json(shown).decode()


def visible(value: object, style: str = "") -> Text:
    """Show a value as it is: no markup, and nothing that steers the terminal."""
    text = value if isinstance(value, str) else in_words(value)
    shown = "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text)
    return Text(shown, style)
