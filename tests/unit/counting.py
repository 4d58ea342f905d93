"""An independent count of what is derived: Recurring, Optin and no-shows, after the fact."""

from collections import defaultdict

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
    return recurring(events), opted_in, no_shows(events)


def recurring(events: list[Event]) -> bool:
    """Look for a link of a meeting that is not what the first one was called by then."""
    first: str | None = None
    for event in events:
        if isinstance(event, e.BookingLinked) and first is None:
            first = event.appointment_id
        elif isinstance(event, e.BookingLinked) and event.appointment_id != first:
            return True
        elif isinstance(event, e.BookingRescheduled) and event.appointment_id == first:
            first = event.new_appointment_id or first
    return False


def no_shows(events: list[Event]) -> int:
    """Count the meetings with a place of which the last word is that nobody came."""
    marks: dict[tuple[str, str], bool] = defaultdict(bool)
    for event in events:
        if not isinstance(event, e.BookingEvent) or isinstance(event, e.BookingLinked):
            continue
        place = (event.appointment_id, event.attendee_id)
        if isinstance(event, e.BookingRescheduled):
            name = event.new_appointment_id or event.appointment_id
            marks[name, event.attendee_id] = marks.pop(place, False)
        else:
            marks[place] = isinstance(event, e.NoShowMarked)
    return len({appointment_id for (appointment_id, _), marked in marks.items() if marked})
