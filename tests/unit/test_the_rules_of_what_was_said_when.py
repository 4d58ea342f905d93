"""Of two statements that contradict, the one said later holds, whenever it came."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.contact import commands as c
from domain.contact import events as e
from domain.contact.events import BookingCancelled, FormerPlace, NoShowCleared, NoShowMarked
from domain.kernel import Command, Event
from tests.unit.given_when_then import given
from tests.unit.histories import HOST, NINE, NOON, TEN, link, meeting

HALF_AN_HOUR = timedelta(minutes=30)
BORN = e.Created(email="anna@example.com", source="api")
FIRST, SECOND, THIRD, FOURTH = (NINE - timedelta(days=4 - day) for day in range(4))
AT = {"appointment_id": "appt-1", "attendee_id": "att-1"}


def linked(said_at: datetime = FIRST, **more: object) -> e.BookingLinked:
    return e.BookingLinked.model_validate(
        {**AT, "start": NINE, "end": NINE + HALF_AN_HOUR, "said_at": said_at, **more}
    )


def moved(said_at: datetime, start: datetime = TEN, **more: object) -> e.BookingRescheduled:
    times = {"start": start, "end": start + HALF_AN_HOUR}
    return e.BookingRescheduled.model_validate({**AT, **times, "said_at": said_at, **more})


def booked(said_at: datetime | None = FIRST, start: datetime = NINE) -> c.LinkBooking:
    return replace(link(start=start), said_at=said_at)


def move(
    said_at: datetime | None, start: datetime = TEN, name: str = "appt-1", old: str = "appt-1"
) -> c.LinkBooking:
    former = FormerPlace(appointment_id=old)
    wish = replace(link(name, start=start), said_at=said_at, moved_from=former)
    return replace(wish, meeting=meeting(name, start, channel="zoom"))


def cancel(said_at: datetime, name: str = "appt-1") -> c.CancelBooking:
    return c.CancelBooking(name, reason="ill", said_at=said_at)


def off(said_at: datetime) -> BookingCancelled:
    return BookingCancelled(**AT, reason="ill", said_at=said_at)


LINKED = linked()


def kinds(history: tuple[Event, ...], *wishes: Command) -> list[str]:
    """Which events the wishes cause."""
    contact = given(*history).contact()
    for wish in wishes:
        contact.execute(wish)
    return [pending.event.TOPIC.removeprefix("contact.") for pending in contact.collect_events()]


# -- times ---------------------------------------------------------------------------------------


def test_a_later_move_holds_and_an_earlier_one_that_comes_late_does_not() -> None:
    contact = given(BORN, LINKED).contact()
    for wish in (move(THIRD, NOON), move(SECOND, TEN), move(THIRD, NOON), booked()):
        contact.execute(wish)
    assert contact.bookings["appt-1", "att-1"].times == (NOON, NOON + HALF_AN_HOUR)
    assert len(contact.collect_events()) == 1


def test_a_move_says_the_whole_meeting_anew() -> None:
    (pending,) = collected((BORN, LINKED), move(SECOND))
    assert isinstance(pending, e.BookingRescheduled)
    assert pending.model_fields_set >= set(e.MEETING_FIELDS)
    assert (pending.channel, pending.said_at) == ("zoom", SECOND)


def test_what_is_said_later_counts_even_if_it_changes_nothing() -> None:
    back = (move(SECOND, TEN), move(FOURTH, TEN), move(THIRD, NOON))
    contact = given(BORN, LINKED).contact()
    for wish in back:
        contact.execute(wish)
    assert contact.bookings["appt-1", "att-1"].times[0] == TEN


def test_a_move_that_comes_before_the_booking_takes_the_place() -> None:
    contact = given().contact()
    contact.execute(move(SECOND, TEN, "appt-2", "appt-1"))
    contact.execute(booked())
    assert list(contact.bookings) == [("appt-2", "att-1")]
    assert contact.bookings["appt-2", "att-1"].times[0] == TEN


def test_a_late_booking_still_fills_what_is_missing() -> None:
    history = (BORN, linked(SECOND, moved_from=FormerPlace(appointment_id="appt-1")))
    late = replace(booked(), details=e.Details(email="anna@example.com", last_name="Müller"))
    given(*history).when(late, late).then(e.Updated(last_name="Müller"))


def test_two_places_that_turn_out_to_be_one_become_one() -> None:
    """The second move came before the first one."""
    contact = given(BORN, LINKED).contact()
    contact.execute(move(THIRD, NOON, "appt-3", "appt-2"))
    assert len(contact.bookings) == 2
    contact.execute(move(SECOND, TEN, "appt-2", "appt-1"))
    assert list(contact.bookings) == [("appt-3", "att-1")]
    assert contact.bookings["appt-3", "att-1"].times[0] == NOON


def test_a_move_holds_as_it_arrives_when_nobody_says_when_it_was_said() -> None:
    assert kinds((BORN, LINKED), move(None), move(None)) == ["booking_rescheduled"]
    assert kinds((BORN, LINKED, off(SECOND)), move(None)) == ["booking_rescheduled"]


# -- cancelling ----------------------------------------------------------------------------------


def test_a_cancellation_is_recorded_with_its_time_once() -> None:
    given(BORN, LINKED).when(cancel(SECOND), cancel(SECOND), cancel(FIRST)).then(off(SECOND))


def test_a_cancellation_said_before_a_move_does_not_hold() -> None:
    given(BORN, LINKED, moved(THIRD)).when(cancel(SECOND)).then()


def test_a_move_said_after_a_cancellation_reinstates_and_one_before_only_moves() -> None:
    for said_at, reinstates in ((FOURTH, True), (SECOND, False)):
        (pending,) = collected((BORN, LINKED, off(THIRD)), move(said_at))
        assert isinstance(pending, e.BookingRescheduled)
        assert pending.reinstates is reinstates


def test_nothing_but_a_move_takes_a_cancellation_back() -> None:
    assert kinds((BORN, LINKED, off(SECOND)), booked(), booked(THIRD), booked(None)) == []
    (pending,) = collected((BORN, LINKED, off(SECOND)), booked(THIRD, NOON))
    assert isinstance(pending, e.BookingRescheduled)
    assert not pending.reinstates


def test_a_cancellation_of_the_old_name_does_not_hold_for_the_new_one() -> None:
    history = (BORN, LINKED, moved(SECOND, new_appointment_id="appt-2"))
    given(*history).when(cancel(FOURTH, "appt-1")).then()
    contact = given(BORN, LINKED, off(THIRD)).contact()
    contact.execute(move(SECOND, TEN, "appt-2", "appt-1"))
    assert not contact.bookings["appt-2", "att-1"].cancelled


# -- no-shows ------------------------------------------------------------------------------------


def test_the_last_word_on_a_no_show_holds() -> None:
    marked = NoShowMarked(**AT, said_at=THIRD)
    mark, clear = c.MarkNoShow("appt-1", said_at=THIRD), c.ClearNoShow("appt-1", said_at=SECOND)
    given(BORN, LINKED).when(mark, clear, mark).then(marked)
    given(BORN, LINKED).when(clear, mark).then(NoShowCleared(**AT, said_at=SECOND), marked)


def test_a_mark_of_a_cancelled_meeting_is_kept_for_the_case_that_it_takes_place() -> None:
    mark = c.MarkNoShow("appt-1", said_at=FOURTH)
    assert kinds((BORN, LINKED, off(SECOND)), mark) == ["no_show_marked"]


def test_a_mark_finds_a_meeting_under_its_former_name() -> None:
    history = (BORN, LINKED, moved(SECOND, new_appointment_id="appt-2"))
    place = {"appointment_id": "appt-2", "attendee_id": "att-1"}
    mark = c.MarkNoShow("appt-1", said_at=THIRD)
    given(*history).when(mark).then(NoShowMarked(**place, said_at=THIRD))


# -- beside the own scheduler --------------------------------------------------------------------


@pytest.mark.parametrize(
    "wish",
    [
        c.RescheduleBooking("appt-1", NOON, NOON + HALF_AN_HOUR),
        c.CancelBooking("appt-1"),
        c.MarkNoShow("appt-1"),
    ],
)
def test_what_has_no_time_holds_as_it_arrives(wish: Command) -> None:
    assert len(kinds((BORN, LINKED, moved(FOURTH)), wish)) == 1


def test_the_host_of_the_first_meeting_is_still_the_owner() -> None:
    wish = replace(booked(), meeting=meeting(hosts=(HOST,)))
    assert kinds((BORN,), wish) == ["updated", "booking_linked"]


def collected(history: tuple[Event, ...], wish: Command) -> list[Event]:
    contact = given(*history).contact()
    contact.execute(wish)
    return [pending.event for pending in contact.collect_events()]
