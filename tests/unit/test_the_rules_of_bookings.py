"""How bookings make contacts, and what becomes of a contact's places in meetings."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain import errors
from domain.contact.commands import CancelBooking, ClearNoShow, MarkNoShow, RescheduleBooking
from domain.contact.events import (
    BookingCancelled,
    BookingLinked,
    BookingRescheduled,
    Created,
    NoShowCleared,
    NoShowMarked,
    Updated,
)
from domain.kernel import Command, Event
from tests.unit.given_when_then import given
from tests.unit.histories import ELEVEN, HOST, NAMELESS_HOST, NINE, NOON, TEN, link, move

HALF_AN_HOUR = timedelta(minutes=30)
BORN = Created(email="anna@example.com", source="api")


def linked(appointment_id: str = "appt-1", attendee_id: str = "att-1") -> BookingLinked:
    return BookingLinked(
        appointment_id=appointment_id,
        attendee_id=attendee_id,
        start=NINE,
        end=NINE + HALF_AN_HOUR,
        timezone=None,
        meeting_type_id=None,
        meeting_type_name=None,
        hosts=(),
        channel=None,
        meeting_link=None,
        source="booking",
    )


def moved(attendee_id: str = "att-1", new_id: str | None = None) -> BookingRescheduled:
    return BookingRescheduled(
        appointment_id="appt-1",
        attendee_id=attendee_id,
        start=TEN,
        end=TEN + HALF_AN_HOUR,
        new_appointment_id=new_id,
    )


LINKED = linked()
MOVED = moved()
RENAMED = moved(new_id="appt-2")
CANCELLED = BookingCancelled(appointment_id="appt-1", attendee_id="att-1", reason="ill")
MARKED = NoShowMarked(appointment_id="appt-1", attendee_id="att-1")
CLEARED = NoShowCleared(appointment_id="appt-1", attendee_id="att-1")


# -- linking -------------------------------------------------------------------------------------


def test_a_booking_makes_the_contact_that_there_is_not_yet() -> None:
    given().when(link()).then(Created(email="anna@example.com", source="booking"), LINKED)


def test_a_booking_of_somebody_without_any_address_is_refused() -> None:
    given().when(link(first_name="Anna")).refused(errors.NoAddress)


def test_a_booking_keeps_all_that_the_scheduler_says_of_the_meeting() -> None:
    wish = link(hosts=(NAMELESS_HOST,))
    described = LINKED.model_copy(update={"hosts": (NAMELESS_HOST,)})
    given(BORN).when(wish).then(described)


def test_a_booking_fills_only_what_is_missing() -> None:
    saved = Created(email="anna@example.com", first_name="Anna", source="api")
    wish = link(email="ANNA@example.com", first_name="A.", last_name="Müller", notes=None)
    given(saved).when(wish).then(Updated(last_name="Müller"), LINKED)


def test_a_booking_adds_answers_under_the_same_rule() -> None:
    saved = Created(email="anna@example.com", additional_data={"budget": 1}, source="api")
    wish = link(additional_data={"budget": 2, "team": 5, "nothing": None})
    given(saved).when(wish).then(Updated(additional_data={"team": 5}), LINKED)


def test_answers_that_do_not_fit_are_left_out_and_the_booking_is_kept() -> None:
    wish = link(additional_data={"essay": "x" * 65_536})
    given(BORN).when(wish).then(LINKED)


def test_a_booking_never_validates_a_number_that_somebody_saved() -> None:
    saved = Created(email="a@x.test", phone_number="0151 1", source="api")
    wish = link(phone_number="+4915112345678", phone_key="+4915112345678")
    given(saved).when(wish).then(LINKED)
    fresh = Updated(phone_number="+4915112345678", phone_key="+4915112345678")
    given(BORN).when(wish).then(fresh, LINKED)


def test_the_first_host_of_the_first_meeting_becomes_the_owner() -> None:
    with_host = LINKED.model_copy(update={"hosts": (HOST, NAMELESS_HOST)})
    owned = Updated(account_owner_id=UUID(HOST.id))
    given(BORN).when(link(hosts=(HOST, NAMELESS_HOST))).then(owned, with_host)


def test_an_owner_that_is_there_stays() -> None:
    owner = UUID(int=7)
    with_host = LINKED.model_copy(update={"hosts": (HOST,)})
    saved = Created(email="a@x.test", account_owner_id=owner, source="api")
    given(saved).when(link(hosts=(HOST,))).then(with_host)
    named = link(hosts=(HOST,), account_owner_id=owner)
    given(BORN).when(named).then(Updated(account_owner_id=owner), with_host)


def test_no_host_of_a_later_meeting_and_none_without_a_uuid_becomes_the_owner() -> None:
    second = linked("appt-2").model_copy(update={"hosts": (HOST,)})
    given(BORN, LINKED).when(link("appt-2", hosts=(HOST,))).then(second)
    first = LINKED.model_copy(update={"hosts": (NAMELESS_HOST, HOST)})
    given(BORN).when(link(hosts=(NAMELESS_HOST, HOST))).then(first)


def test_the_same_place_again_records_nothing_not_even_what_was_missing() -> None:
    given(BORN, LINKED).when(link(last_name="Müller"), link(start=NOON)).then()
    given(BORN, LINKED, CANCELLED).when(link()).then()


def test_a_scheduler_that_names_no_attendee_gets_one_place_a_meeting() -> None:
    given(BORN).when(link(attendee_id=None), link(attendee_id=None)).then(
        linked("appt-1", "made-up")
    )
    given(BORN, LINKED).when(link(attendee_id=None)).then()


def test_a_contact_may_have_several_places_in_one_meeting() -> None:
    given(BORN, LINKED).when(link(attendee_id="att-2")).then(linked("appt-1", "att-2"))


# -- moving --------------------------------------------------------------------------------------


def test_a_meeting_moves_once() -> None:
    given(BORN, LINKED).when(move(), move()).then(MOVED)
    given(BORN, LINKED).when(move(start=NINE)).then()


def test_a_meeting_moves_back_and_on() -> None:
    contact = given(BORN, LINKED, MOVED).contact()
    assert contact.bookings["appt-1", "att-1"].times[0] == TEN
    contact.execute(move(start=NINE))
    assert contact.bookings["appt-1", "att-1"].times[0] == NINE


def test_a_moved_meeting_may_get_a_new_name() -> None:
    given(BORN, LINKED).when(move(new_id="appt-2")).then(RENAMED)
    given(BORN, LINKED, RENAMED).when(move(new_id="appt-2")).then()
    given(BORN, LINKED, RENAMED).when(CancelBooking("appt-2")).then(
        BookingCancelled(appointment_id="appt-2", attendee_id="att-1", reason=None)
    )


def test_every_place_of_a_contact_moves_unless_one_is_named() -> None:
    both = given(BORN, LINKED, linked("appt-1", "att-2"))
    both.when(move()).then(MOVED, moved("att-2"))
    both.when(move(attendee_id="att-2")).then(moved("att-2"))


def test_a_cancelled_meeting_does_not_move() -> None:
    given(BORN, LINKED, CANCELLED).when(move()).refused(errors.BookingCancelledAlready)


# -- cancelling, no-shows ------------------------------------------------------------------------


def test_a_meeting_is_cancelled_once() -> None:
    given(BORN, LINKED).when(CancelBooking("appt-1", reason="ill")).then(CANCELLED)
    given(BORN, LINKED, CANCELLED).when(CancelBooking("appt-1", reason="late")).then()


def test_a_no_show_is_marked_once_and_can_be_cleared_once() -> None:
    given(BORN, LINKED).when(MarkNoShow("appt-1"), MarkNoShow("appt-1", "att-1")).then(MARKED)
    given(BORN, LINKED, MARKED).when(ClearNoShow("appt-1"), ClearNoShow("appt-1")).then(CLEARED)
    given(BORN, LINKED).when(ClearNoShow("appt-1")).then()


def test_a_no_show_that_was_cleared_can_be_marked_again() -> None:
    given(BORN, LINKED, MARKED, CLEARED).when(MarkNoShow("appt-1")).then(MARKED)


def test_who_cancelled_cannot_fail_to_come() -> None:
    given(BORN, LINKED, CANCELLED).when(MarkNoShow("appt-1")).refused(
        errors.BookingCancelledAlready
    )
    given(BORN, LINKED, MARKED, CANCELLED).when(ClearNoShow("appt-1")).then()


def test_a_mark_follows_the_meeting_to_its_new_name() -> None:
    given(BORN, LINKED, MARKED, RENAMED).when(MarkNoShow("appt-2")).then()


@pytest.mark.parametrize(
    "wish",
    [move("other"), CancelBooking("other"), MarkNoShow("other"), ClearNoShow("other", "att-1")],
)
def test_a_meeting_that_the_contact_has_no_place_in_is_nothing_to_it(wish: Command) -> None:
    given(BORN, LINKED).when(wish).then()


@pytest.mark.parametrize(
    "wish",
    [RescheduleBooking("appt-1", ELEVEN, NOON), CancelBooking("appt-1"), MarkNoShow("appt-1")],
)
def test_nobody_has_no_meetings(wish: Command) -> None:
    given().when(wish).refused(errors.ContactNotFound)


@pytest.mark.parametrize("unheard_of", [MOVED, CANCELLED, MARKED, CLEARED])
def test_history_replays_even_where_a_rule_would_refuse_today(unheard_of: Event) -> None:
    assert given(BORN, CANCELLED, unheard_of).contact().version == 3
