"""Counts a contact's meetings event by event, at the same price for three of them and thousands."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

Place = tuple[str, str]
"""Appointment and attendee id."""

Seat = frozenset[str]
"""What was said of one place: some of the three below."""

TAKEN, MISSED, OFF = "taken", "missed", "off"
EMPTY: Seat = frozenset()

Seats = Mapping[str, Seat]
"""The places in one meeting, by attendee id."""

NO_SEATS: Seats = {}

ROOMY = 64
"""Meetings in one bucket, from which on there are more buckets."""

GROWTH = 16


class Meetings(NamedTuple):
    """All meetings of a contact. A change copies one bucket of them and leaves this as it is."""

    number: int = 0
    """Distinct meetings in which the contact has a place, called off or not."""
    missed: int = 0
    """Distinct meetings that were missed and not called off."""
    buckets: tuple[Mapping[str, Seats], ...] = ({},)

    def seat(self, place: Place) -> Seat:
        """Return what was said of a place."""
        meeting_id, attendee_id = place
        return self._seats(meeting_id).get(attendee_id, EMPTY)

    def said(self, place: Place, change: Callable[[Seat], Seat]) -> "Meetings":
        """Return the meetings after something was said of a place; an empty seat is forgotten."""
        meeting_id, attendee_id = place
        before = self._seats(meeting_id)
        after = {**before, attendee_id: change(before.get(attendee_id, EMPTY))}
        if not after[attendee_id]:
            del after[attendee_id]
        return Meetings(
            self.number + is_taken(after) - is_taken(before),
            self.missed + is_missed(after) - is_missed(before),
            self._with(meeting_id, after),
        )

    def _seats(self, meeting_id: str) -> Seats:
        return self.buckets[hash(meeting_id) % len(self.buckets)].get(meeting_id, NO_SEATS)

    def _with(self, meeting_id: str, seats: Seats) -> tuple[Mapping[str, Seats], ...]:
        at = hash(meeting_id) % len(self.buckets)
        bucket = {**self.buckets[at], meeting_id: seats}
        if not seats:
            del bucket[meeting_id]
        buckets = (*self.buckets[:at], bucket, *self.buckets[at + 1 :])
        return spread(buckets) if len(bucket) > ROOMY else buckets


def spread(buckets: tuple[Mapping[str, Seats], ...]) -> tuple[Mapping[str, Seats], ...]:
    """Share meetings out over more buckets."""
    more: tuple[dict[str, Seats], ...] = tuple({} for _ in range(len(buckets) * GROWTH))
    for bucket in buckets:
        for meeting_id, seats in bucket.items():
            more[hash(meeting_id) % len(more)][meeting_id] = seats
    return more


def is_taken(seats: Seats) -> bool:
    """Tell whether the contact has a place among these."""
    return any(TAKEN in seat for seat in seats.values())


def is_missed(seats: Seats) -> bool:
    """Tell whether a place among these was missed and not called off."""
    return any(MISSED in seat and OFF not in seat for seat in seats.values())
