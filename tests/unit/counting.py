"""An independent count of what is derived: Recurring, Optin and no-shows, after the fact."""

from dataclasses import dataclass

from domain.contact import events as e
from domain.kernel import Event

Derived = tuple[bool, bool, int]
CONSENT = (e.OptinConfirmed, e.OptinWithdrawn)


def derived(events: list[Event]) -> Derived:
    """Whether a contact with this history is Recurring and Optin, and its no-shows."""
    if any(isinstance(event, e.Erased) for event in events):
        return False, False, 0
    consent = [event for event in events if isinstance(event, CONSENT)]
    opted_in = bool(consent) and isinstance(consent[-1], e.OptinConfirmed)
    paths = [
        followed(event, events[number:])
        for number, event in enumerate(events, start=1)
        if isinstance(event, e.BookingLinked)
    ]
    return len({path.place[0] for path in paths}) > 1, opted_in, no_shows(paths)


@dataclass
class Path:
    """What became of one link in the end; two links may end in the same place."""

    place: tuple[str, str]
    missed: bool = False
    cancelled: bool = False


def followed(link: e.BookingLinked, later: list[Event]) -> Path:
    """Follow one link through all that was said of it afterwards."""
    path = Path((link.appointment_id, link.attendee_id))
    for event in later:
        if not isinstance(event, e.BookingEvent) or path.place != (
            event.appointment_id,
            event.attendee_id,
        ):
            continue
        if isinstance(event, e.BookingRescheduled):
            names = event.new_appointment_id, event.new_attendee_id
            path.place = (names[0] or path.place[0], names[1] or path.place[1])
            path.cancelled = path.cancelled and not event.reinstates
        elif isinstance(event, e.BookingCancelled):
            path.cancelled = True
        else:
            path.missed = isinstance(event, e.NoShowMarked)
    return path


def no_shows(paths: list[Path]) -> int:
    """Count the meetings with a place that was missed and not called off."""
    cancelled = {path.place for path in paths if path.cancelled}
    missed = {path.place for path in paths if path.missed}
    return len({appointment_id for appointment_id, _ in missed - cancelled})
