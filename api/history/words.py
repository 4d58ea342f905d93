"""Tells what happened: as data in the names of the API, and in English, an event a sentence."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import BaseModel, alias_generators
from pydantic_core import to_jsonable_python

from domain.contact import events as e
from domain.kernel import Event, Redacted
from projections.inline import APPOINTMENTS, ContactRows

Sentence = Callable[[Any, ContactRows], str]

to_camel = cache(alias_generators.to_camel)  # the names of the fields of events, and no others


def sentence(topic: str, event: Event, before: ContactRows) -> str:
    """Say what happened; `before` are the contact's rows just before it."""
    if isinstance(event, Redacted):
        return f"{kind(topic)} (erased)"
    tell = SENTENCES.get(type(event))
    return kind(topic) if tell is None else tell(event, before)


def data_of(event: Event) -> dict[str, Any] | None:
    """Return what an event says; None when it was erased."""
    return None if isinstance(event, Redacted) else said(event)


def said(model: BaseModel) -> dict[str, Any]:
    """Return the fields that were set; the keys of free data stay as they are."""
    names = (name for name in type(model).model_fields if name in model.model_fields_set)
    return {to_camel(name): plain(getattr(model, name)) for name in names}


def plain(value: object) -> Any:  # noqa: ANN401  # any JSON
    """Return a value as JSON shows it."""
    if isinstance(value, BaseModel):
        return said(value)
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    return to_jsonable_python(value)


def kind(topic: str) -> str:
    """Name a kind of event: `Booking linked` for contact.booking_linked."""
    return topic.rpartition(".")[2].replace("_", " ").capitalize()


def created(event: e.Created, _: ContactRows) -> str:
    """Name whom the contact is about."""
    named = " ".join(filter(None, (event.first_name, event.last_name)))
    return f"Created as {named or event.email or event.phone_number}"


def updated(event: e.Updated, _: ContactRows) -> str:
    """Name the fields that got a value, and those that lost theirs."""
    values = values_of(event)
    changed = [name for name, value in values.items() if value is not None]
    cleared = [name for name, value in values.items() if value is None]
    parts = (("Changed", changed), ("cleared" if changed else "Cleared", cleared))
    return "; ".join(f"{verb} {', '.join(names)}" for verb, names in parts if names)


def values_of(event: e.Created | e.Updated) -> dict[str, Any]:
    """Return the fields that an event set, additional data key by key."""
    values = said(event)
    values.pop("phoneKey", None)
    data = values.pop("additionalData", None) or {}
    return values | {f"additionalData.{name}": value for name, value in data.items()}


def touched(event: Event) -> list[str]:
    """Name the fields that an event is about; none for one that was erased."""
    if isinstance(event, e.Created | e.Updated):
        return [name for name in values_of(event) if name != "source"]
    return [name for kinds, name in ABOUT.items() if isinstance(event, kinds)]


def linked(event: e.BookingLinked, _: ContactRows) -> str:
    """Name the meeting and its start."""
    return f"Booked {event.meeting_type_name or 'a meeting'} for {instant(event.start)}"


def rescheduled(event: e.BookingRescheduled, before: ContactRows) -> str:
    """Name the old start, if it is known, and the new one."""
    return f"{meeting(event, before)} was moved to {instant(event.start)}"


def cancelled(event: e.BookingCancelled, before: ContactRows) -> str:
    """Name the meeting, and the reason if there is one."""
    return because(f"{meeting(event, before)} was cancelled", event.reason)


def no_show(event: e.NoShowMarked, before: ContactRows) -> str:
    """Name the meeting that was missed."""
    return f"{meeting(event, before)} was missed"


def no_show_cleared(event: e.NoShowCleared, before: ContactRows) -> str:
    """Name the meeting that was not missed after all."""
    return f"{meeting(event, before)} was not missed after all"


def withdrawn(event: e.OptinWithdrawn, _: ContactRows) -> str:
    """Add the reason if there is one."""
    return because("Opt-in was withdrawn", event.reason)


def meeting(event: e.BookingEvent, before: ContactRows) -> str:
    """Name a meeting by its kind and start, as far as they are known."""
    row = before.of(APPOINTMENTS).get((event.appointment_id, event.attendee_id))
    if row is None:
        return "A meeting"
    return f"{row.meeting_type_name or 'The meeting'} of {instant(row.start_at)}"


def because(told: str, reason: str | None) -> str:
    """Add a reason."""
    return f"{told}: {reason}" if reason else told


def instant(moment: datetime) -> str:
    """Write a time for people, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


SENTENCES: dict[type[Event], Sentence] = {
    e.Created: created,
    e.Updated: updated,
    e.Tagged: lambda event, _: f"Tagged {', '.join(event.tags)}",
    e.Untagged: lambda event, _: f"No longer tagged {', '.join(event.tags)}",
    e.BookingLinked: linked,
    e.BookingRescheduled: rescheduled,
    e.BookingCancelled: cancelled,
    e.NoShowMarked: no_show,
    e.NoShowCleared: no_show_cleared,
    e.FormSubmitted: lambda event, _: f"Filled in {event.form_name or 'a form'}",
    e.OptinRequested: lambda event, _: f"Opt-in was asked for at {event.email}",
    e.OptinConfirmed: lambda event, _: f"Opt-in was confirmed at {event.email}",
    e.OptinWithdrawn: withdrawn,
    e.Erased: lambda event, _: f"Erased for good: {event.reason}",
}
"""What is not here is told by its kind, as Deleted and Restored."""

ABOUT: dict[tuple[type[Event], ...], str] = {
    (e.Tagged, e.Untagged, e.OptinConfirmed, e.OptinWithdrawn): "tags",
    (e.BookingEvent,): "appointments",
    (e.FormSubmitted,): "formSubmissions",
    (e.Deleted, e.Restored, e.Erased): "status",
}
"""The field that an event of these kinds is about."""
