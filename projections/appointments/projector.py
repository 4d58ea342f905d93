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
    former_ids: tuple[str, ...] = ()
    is_marked: bool = False
    """The fold's own memory: a no-show is not shown while the meeting is cancelled."""


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
        "former_ids": "text[]",
    }

    def fold(self, rows: Changes, recorded: Recorded) -> Changes:
        """Fold one event into the places it speaks of."""
        change = CHANGES.get(type(recorded.event))
        return {} if change is None else change(rows, recorded.event)


def linked(_: Changes, event: e.BookingLinked) -> Changes:
    """Take a new place."""
    before = None if event.moved_from is None else event.moved_from.appointment_id
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
        rescheduled_from=before,
    )
    return {place(event): row if before is None else formerly(row, before)}


def rescheduled(rows: Changes, event: e.BookingRescheduled) -> Changes:
    """Move the place, under a new name if the scheduler gave it one; two of one name become one."""
    old = place(event)
    name = (event.new_appointment_id or old[0], event.new_attendee_id or old[1])
    if old not in rows:
        return {name: formerly(rows[name], old[0])} if name in rows else {}
    left = rows[old]
    if event.reinstates:
        left = left._replace(is_cancelled=False, cancel_reason=None)
    if name != old and name in rows:
        return {old: None, name: united(rows[name], left)}
    row = left._replace(
        appointment_id=name[0],
        attendee_id=name[1],
        rescheduled_from=event.appointment_id,
        **{field: getattr(event, field) for field in said_anew(event)},
    )
    row = formerly(row, old[0])._replace(start_at=event.start, end_at=event.end)
    return {old: None, name: shown(row)}


def said_anew(event: e.BookingRescheduled) -> set[str]:
    """Name what the scheduler said of the meeting together with its new times."""
    return event.model_fields_set & set(e.MEETING_FIELDS)


def united(row: AppointmentRow, left: AppointmentRow) -> AppointmentRow:
    """Keep the place with the later name, and what only the other one knows."""
    if left.is_cancelled and not row.is_cancelled:
        row = row._replace(is_cancelled=True, cancel_reason=left.cancel_reason)
    row = row._replace(is_marked=row.is_marked or left.is_marked)
    return shown(formerly(row, left.appointment_id, *left.former_ids))


def formerly(row: AppointmentRow, *names: str) -> AppointmentRow:
    """Keep under which names the meeting was known, for what is said of them late."""
    known = {*row.former_ids, *names} - {row.appointment_id}
    return row._replace(former_ids=tuple(sorted(known)))


def shown(row: AppointmentRow) -> AppointmentRow:
    """Show a mark unless the meeting is cancelled: who cancelled did not fail to come."""
    return row._replace(is_no_show=row.is_marked and not row.is_cancelled)


def cancelled(rows: Changes, event: e.BookingCancelled) -> Changes:
    """Call it off."""
    return changed(rows, event, {"is_cancelled": True, "cancel_reason": event.reason})


def marked(rows: Changes, event: e.NoShowMarked) -> Changes:
    """Note the absence."""
    return changed(rows, event, {"is_marked": True})


def cleared(rows: Changes, event: e.NoShowCleared) -> Changes:
    """Take the note back."""
    return changed(rows, event, {"is_marked": False})


def erased(rows: Changes, _: e.Erased) -> Changes:
    """Nothing is left."""
    return dict.fromkeys(rows)


def changed(rows: Changes, event: e.BookingEvent, change: Mapping[str, Any]) -> Changes:
    """Change the place that the event speaks of, if it is known."""
    key = place(event)
    return {key: shown(rows[key]._replace(**change))} if key in rows else {}


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
