"""Folds a contact's events into one row for each place that the contact has in a meeting."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from domain.contact import events as e
from domain.kernel import Event, Recorded
from projections.kernel import Key, View

Changes = Mapping[Key, Any]


class AppointmentRow(NamedTuple):
    """One place in one meeting."""

    appointment_id: str
    attendee_id: str
    start_at: datetime
    end_at: datetime
    timezone: str | None
    meeting_type_id: str | None
    meeting_type_name: str | None
    hosts: tuple[e.Host, ...]
    channel: str | None
    meeting_link: str | None
    source: str
    is_cancelled: bool = False
    cancel_reason: str | None = None
    rescheduled_from: str | None = None
    is_no_show: bool = False


class Appointments(View):
    """The places of each contact, by appointment and attendee."""

    name = "appointment"
    version = 1
    key: ClassVar[tuple[str, ...]] = ("appointment_id", "attendee_id")
    columns: ClassVar[Mapping[str, str]] = {
        "appointment_id": "text",
        "attendee_id": "text",
        "start_at": "timestamptz",
        "end_at": "timestamptz",
        "timezone": "text",
        "meeting_type_id": "text",
        "meeting_type_name": "text",
        "hosts": "jsonb",
        "channel": "text",
        "meeting_link": "text",
        "source": "text",
        "is_cancelled": "boolean",
        "cancel_reason": "text",
        "rescheduled_from": "text",
        "is_no_show": "boolean",
    }

    def fold(self, rows: Changes, recorded: Recorded) -> Changes:
        """Fold one event into the places it speaks of."""
        change = CHANGES.get(type(recorded.event))
        return {} if change is None else change(rows, recorded.event)


def linked(_: Changes, event: e.BookingLinked) -> Changes:
    """Take a new place."""
    row = AppointmentRow(
        appointment_id=event.appointment_id,
        attendee_id=event.attendee_id,
        start_at=event.start,
        end_at=event.end,
        timezone=event.timezone,
        meeting_type_id=event.meeting_type_id,
        meeting_type_name=event.meeting_type_name,
        hosts=event.hosts,
        channel=event.channel,
        meeting_link=event.meeting_link,
        source=event.source,
    )
    return {place(event): row}


def rescheduled(rows: Changes, event: e.BookingRescheduled) -> Changes:
    """Move the place, under a new name if the scheduler gave it one."""
    old = place(event)
    if old not in rows:
        return {}
    name = event.new_appointment_id or event.appointment_id
    moved = rows[old]._replace(
        appointment_id=name,
        start_at=event.start,
        end_at=event.end,
        rescheduled_from=event.appointment_id,
    )
    return {old: None, (name, event.attendee_id): moved}


def cancelled(rows: Changes, event: e.BookingCancelled) -> Changes:
    """Call it off; who cancelled did not fail to come."""
    change = {"is_cancelled": True, "cancel_reason": event.reason, "is_no_show": False}
    return changed(rows, event, change)


def marked(rows: Changes, event: e.NoShowMarked) -> Changes:
    """Note the absence."""
    return changed(rows, event, {"is_no_show": True})


def cleared(rows: Changes, event: e.NoShowCleared) -> Changes:
    """Take the note back."""
    return changed(rows, event, {"is_no_show": False})


def erased(rows: Changes, _: e.Erased) -> Changes:
    """Nothing is left."""
    return dict.fromkeys(rows)


def changed(rows: Changes, event: e.BookingEvent, change: Mapping[str, Any]) -> Changes:
    """Change the place that the event speaks of, if it is known."""
    key = place(event)
    return {key: rows[key]._replace(**change)} if key in rows else {}


def place(event: e.BookingEvent) -> tuple[str, str]:
    """Return the key of the event's place."""
    return event.appointment_id, event.attendee_id


CHANGES: dict[type[Event], Callable[[Changes, Any], Changes]] = {
    e.BookingLinked: linked,
    e.BookingRescheduled: rescheduled,
    e.BookingCancelled: cancelled,
    e.NoShowMarked: marked,
    e.NoShowCleared: cleared,
    e.Erased: erased,
}

Appointments.handles = frozenset(CHANGES)
