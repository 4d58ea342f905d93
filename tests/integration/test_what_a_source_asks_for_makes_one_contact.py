"""Deliveries, understood by their source, on the real write side, in the orders that happen."""

from itertools import permutations
from typing import Any

import pytest
from pydantic import JsonValue

from api.intake.sources import SOURCES
from domain import errors
from domain.application.contacts import Contacts
from domain.application.requests import Outcome
from tests import intake_payloads as sent
from tests.integration.writing import Books, asking, done, refused

SHOWN = "SELECT email, tags, no_show_count, first_name FROM read.contact WHERE company_id = %s"
PLACES = (
    "SELECT appointment_id, start_at::text, is_cancelled, rescheduled_from "
    "FROM read.appointment WHERE company_id = %s"
)
MOVED = [
    {
        "appointment_id": "CCC",
        "start_at": "2034-01-16 08:00:00+00",
        "is_cancelled": False,
        "rescheduled_from": "AAA",
    }
]


def deliver(side: Contacts, books: Books, source: str, body: JsonValue) -> Outcome:
    steps = SOURCES[source].understand(body, "DE").steps
    (outcome,) = side.run([asking(books.company_id, *steps)])
    return outcome


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_a_booking_that_calendly_moves_is_one_booking_in_any_order(
    side: Contacts, books: Books, order: tuple[int, ...]
) -> None:
    deliveries = (sent.calendly(), *sent.calendly_pair())
    for number in (*order, *order):
        deliver(side, books, "calendly", deliveries[number])
    assert books.query(PLACES, books.company_id) == MOVED
    (contact,) = books.query(SHOWN, books.company_id)
    assert contact["tags"] == []


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_a_booking_that_calcom_moves_twice_is_one_booking_in_any_order(
    side: Contacts, books: Books, order: tuple[int, ...]
) -> None:
    deliveries = (
        sent.calcom(uid="AAA"),
        sent.calcom_moved("BBB", "AAA", startTime="2034-01-15T12:00:00Z"),
        sent.calcom_moved("CCC", "BBB", "2034-01-11T11:00:00Z"),
    )
    for number in (*order, *order):
        done(deliver(side, books, "calcom", deliveries[number]))
    (place,) = books.query(PLACES, books.company_id)
    assert (place["appointment_id"], place["start_at"]) == ("CCC", "2034-01-16 08:00:00+00")
    (contact,) = books.query(SHOWN, books.company_id)
    assert contact["tags"] == []


@pytest.mark.parametrize("known", [False, True])
def test_a_form_makes_its_sender_or_finds_them(
    side: Contacts,
    books: Books,
    known: bool,
) -> None:
    if known:
        deliver(side, books, "meetergo", sent.meetergo_booking())
    form: dict[str, Any] = sent.meetergo_form(firstName="Jenny")
    done(deliver(side, books, "meetergo", form))
    done(deliver(side, books, "meetergo", form))
    (contact,) = books.query(SHOWN, books.company_id)
    assert contact["first_name"] == ("Jane" if known else "Jenny")
    assert len(books.rows("submission")) == 1


def test_what_only_speaks_of_a_meeting_says_that_it_came_too_early(
    side: Contacts, books: Books
) -> None:
    for source, body in [
        ("meetergo", sent.meetergo_booking("booking_cancelled", isCancelled=True)),
        ("calcom", sent.calcom("BOOKING_CANCELLED")),
        ("calcom", sent.calcom_no_show(customer=True)),
        ("calendly", sent.calendly_cancelled()),
        ("calendly", sent.calendly_no_show()),
    ]:
        refused(deliver(side, books, source, body), errors.AppointmentNotFound)
    assert books.events() == []


def test_an_absence_is_counted_once_and_taken_back(side: Contacts, books: Books) -> None:
    deliver(side, books, "calcom", sent.calcom())
    noted = sent.calcom_no_show(customer=True)
    for body in (noted, noted):
        deliver(side, books, "calcom", body)
    assert books.query(SHOWN, books.company_id)[0]["no_show_count"] == 1
    deliver(side, books, "calcom", sent.calcom_no_show("2034-01-15T11:00:00Z", customer=False))
    deliver(side, books, "calcom", noted)
    assert books.query(SHOWN, books.company_id)[0]["no_show_count"] == 0


def test_what_is_said_of_one_attendee_concerns_no_other(side: Contacts, books: Books) -> None:
    people = [
        sent.calcom_attendee(email="jane@example.com"),
        sent.calcom_attendee(email="4930123456@sms.cal.com", phoneNumber="+49 30 123456"),
    ]
    deliver(side, books, "calcom", sent.calcom(seatsPerTimeSlot=9, attendees=people))
    for person in (*people, sent.calcom_attendee(email="jim@example.com")):
        body = sent.calcom("BOOKING_CANCELLED", seatsPerTimeSlot=9, attendees=[person])
        outcome = deliver(side, books, "calcom", body)
        if person["email"] == "jim@example.com":
            refused(outcome, errors.AppointmentNotFound)
        else:
            assert len(done(outcome).changes) == 1
    assert books.topics().count("booking_cancelled") == 2


def test_who_has_no_valid_number_and_no_address_is_one_contact_after_a_move_too(
    side: Contacts, books: Books
) -> None:
    nobody = sent.meetergo_attendee(email=None, phone="+1-555-123-4567")
    booked = sent.meetergo_booking(id="AAA", attendees=[nobody])
    moved = sent.meetergo_booking(
        "booking_rescheduled", id="CCC", rescheduledFromId="AAA", attendees=[nobody]
    )
    for body in (booked, moved, booked, moved):
        done(deliver(side, books, "meetergo", body))
    assert len(books.rows("contact")) == 1
    assert [row["appointment_id"] for row in books.rows("appointment")] == ["CCC"]
