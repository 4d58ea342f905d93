"""The rules of a contact's places in meetings, in whatever order a scheduler's word arrives."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from domain import errors
from domain.contact import commands as c
from domain.contact import events as e
from domain.contact.memory import Booking, Memory, Place
from domain.kernel import Event


class Places(Memory):
    """Decides about places; of two statements that contradict, the later by `said_at` holds.

    Times, cancellation and no-show each have a time of their own at which they were said last. What
    is said without a time holds as it arrives.
    """

    def heard(self, command: c.LinkBooking) -> bool:
        """Tell whether this very statement is known; what has no time is, once there is a place."""
        place = self._name_today(command)
        if place is None:
            return False
        if command.said_at is None:
            return command.moved_from is None
        return command.said_at in self.bookings[place].heard

    def take(self, command: c.LinkBooking) -> Iterator[Event]:
        """Take the place, or move the one that the contact has under this or its former name."""
        former = command.moved_from
        here, before = self._name_today(command), None
        if former is not None:
            before = self.place_today(former.appointment_id, former.attendee_id)
        if here is None:
            yield self._linked(command) if before is None else self._renamed(before, command)
            return
        if before is None and former is not None:
            yield self._also_called(here, former, command)
        elif before is not None and before != here:
            yield from self._united(before, here, command)
        if here[0] == command.meeting.appointment_id:  # else the news of a later move came first
            yield from self._said_again(here, command)

    def reschedule(self, command: c.RescheduleBooking) -> Iterator[Event]:
        """Move the meeting; times and name that it has already are nothing new."""
        times = (command.start, command.end)
        for place, booking in attended(self.places(command.appointment_id, command.attendee_id)):
            if booking.cancelled:
                raise errors.BookingCancelledAlready
            new_id = command.new_appointment_id
            if booking.times != times or new_id not in (None, place[0]):
                yield moved(place, times, new_appointment_id=new_id)

    def cancel(self, command: c.CancelBooking) -> Iterator[Event]:
        """Call off what is not called off yet; a move that was said later stands."""
        said_at = command.said_at
        for place, booking in self.places(command.appointment_id, command.attendee_id):
            stands = not booking.cancelled
            if said_at is not None:
                moved_since = is_later(booking.said_at, said_at)
                stands = not moved_since and is_later(said_at, booking.cancel_said_at)
            if stands:
                yield e.BookingCancelled(
                    appointment_id=place[0],
                    attendee_id=place[1],
                    reason=command.reason,
                    **given(said_at=said_at),
                )

    def mark_no_show(self, command: c.MarkNoShow) -> Iterator[Event]:
        """Mark each place once; who cancelled cannot fail to come."""
        seats = self.seats(command.appointment_id, command.attendee_id)
        for place, booking in attended(seats) if command.said_at is None else seats:
            if command.said_at is None and booking.cancelled:
                raise errors.BookingCancelledAlready
            if self._changes_mark(booking, command, missed=True):
                yield e.NoShowMarked(**named(place), **given(said_at=command.said_at))

    def clear_no_show(self, command: c.ClearNoShow) -> Iterator[Event]:
        """Take away the marks that are there."""
        for place, booking in self.seats(command.appointment_id, command.attendee_id):
            if self._changes_mark(booking, command, missed=False):
                yield e.NoShowCleared(**named(place), **given(said_at=command.said_at))

    def places(self, appointment_id: str, attendee_id: str | None) -> list[tuple[Place, Booking]]:
        """Return the contact's places in the meeting, or the one that is named."""
        return [
            (place, booking)
            for place, booking in self.bookings.items()
            if place[0] == appointment_id and attendee_id in (None, place[1])
        ]

    def seats(self, appointment_id: str, attendee_id: str | None) -> list[tuple[Place, Booking]]:
        """Return the same, or what became of a place that had this name before a move."""
        if found := self.places(appointment_id, attendee_id):
            return found
        place = self.place_today(appointment_id, attendee_id)
        return [] if place is None else [(place, self.bookings[place])]

    def _name_today(self, command: c.LinkBooking) -> Place | None:
        return self.place_today(command.meeting.appointment_id, command.attendee_id)

    def _changes_mark(
        self, booking: Booking, command: c.MarkNoShow | c.ClearNoShow, *, missed: bool
    ) -> bool:
        """What is said later counts even if it changes nothing: an earlier word may be late."""
        if command.said_at is None:
            return missed != (booking.no_show and not booking.cancelled)
        return is_later(command.said_at, booking.no_show_said_at)

    def _linked(self, command: c.LinkBooking) -> e.BookingLinked:
        meeting = command.meeting
        return e.BookingLinked(
            appointment_id=meeting.appointment_id,
            attendee_id=command.attendee_id or command.new_attendee_id,
            start=meeting.start,
            end=meeting.end,
            **described(meeting),
            source=command.source,
            **given(moved_from=command.moved_from, said_at=command.said_at),
        )

    def _renamed(self, before: Place, command: c.LinkBooking) -> e.BookingRescheduled:
        """Move the place to its new name; a cancellation spoke of the old one."""
        meeting = command.meeting
        name = (meeting.appointment_id, command.attendee_id or before[1])
        return moved(
            before,
            (meeting.start, meeting.end),
            **renaming(before, name),
            **described(meeting),
            **given(said_at=command.said_at, reinstates=self.bookings[before].cancelled or None),
        )

    def _said_again(self, place: Place, command: c.LinkBooking) -> Iterator[Event]:
        """Move a place that keeps its name; who only books anew takes no cancellation back."""
        booking, said_at = self.bookings[place], command.said_at
        times = (command.meeting.start, command.meeting.end)
        is_move = command.moved_from is not None
        if booking.times == times and (said_at is None or not is_move):
            return
        if said_at is not None and not is_later(said_at, booking.said_at):
            return
        late = said_at is not None and is_later(booking.cancel_said_at, said_at)
        yield moved(
            place,
            times,
            **described(command.meeting),
            **given(
                said_at=said_at, reinstates=(is_move and booking.cancelled and not late) or None
            ),
        )

    def _also_called(
        self, here: Place, former: e.FormerPlace, command: c.LinkBooking
    ) -> e.BookingRescheduled:
        """Note one more former name of a place that has moved on since."""
        before = (former.appointment_id, former.attendee_id or here[1])
        return moved(
            before,
            self.bookings[here].times,
            **renaming(before, here),
            **given(said_at=command.said_at),
        )

    def _united(self, before: Place, here: Place, command: c.LinkBooking) -> Iterator[Event]:
        """Make one of two places that turn out to be the same; the later name has its say."""
        old, new = self.bookings[before], self.bookings[here]
        if old.no_show != new.no_show:
            marked, other, place = (old, new, before) if old.no_show else (new, old, here)
            if is_later(other.no_show_said_at, marked.no_show_said_at):
                yield e.NoShowCleared(**named(place), said_at=other.no_show_said_at)
        yield moved(
            before,
            new.times,
            **renaming(before, here),
            **given(said_at=command.said_at, reinstates=old.cancelled or None),
        )


def attended(places: list[tuple[Place, Booking]]) -> list[tuple[Place, Booking]]:
    """Leave out what was called off: it is spoken of only where nothing else is left."""
    return [one for one in places if not one[1].cancelled] or places


def is_later(moment: datetime | None, other: datetime | None) -> bool:
    """Tell whether a time is known that lies behind the other, or behind none."""
    return moment is not None and (other is None or moment > other)


def moved(place: Place, times: tuple[datetime, datetime], **more: Any) -> e.BookingRescheduled:  # noqa: ANN401  # any field
    """Return the fact that a place has other times, or another name."""
    return e.BookingRescheduled(**named(place), start=times[0], end=times[1], **more)


def named(place: Place) -> dict[str, Any]:
    """Name a place as events do."""
    return {"appointment_id": place[0], "attendee_id": place[1]}


def renaming(old: Place, new: Place) -> dict[str, Any]:
    """Return the new ids, as far as they are others."""
    return given(
        new_appointment_id=new[0] if new[0] != old[0] else None,
        new_attendee_id=new[1] if new[1] != old[1] else None,
    )


def described(meeting: c.Meeting) -> dict[str, Any]:
    """Return what is said of a meeting beside its times."""
    return {name: getattr(meeting, name) for name in e.MEETING_FIELDS}


def given(**values: Any) -> dict[str, Any]:  # noqa: ANN401  # any field of an event
    """Leave out what is not there, so that it is not stored."""
    return {name: value for name, value in values.items() if value is not None}
