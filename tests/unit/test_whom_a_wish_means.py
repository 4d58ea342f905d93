"""Whom a wish is sent to: by a place in a meeting, by an address, and who is left out."""

from uuid import UUID

import pytest

from domain import errors
from domain.application.company import Entry
from domain.application.desk import Desk, concerned, means, names_of
from domain.application.requests import Holding, Matching, Place
from domain.contact import commands as c
from domain.contact.contact import Contact
from domain.contact.events import BookingLinked, FormerPlace
from domain.kernel import Command
from projections.inline import Inline
from tests.unit.given_when_then import ANNA
from tests.unit.histories import NINE, TEN, link

BEN = UUID("0190a5f0-1c2e-7000-9000-00000000000b")
COMPANY = UUID("0190a5f0-1c2e-7000-9000-0000000000cc")
PHONE = "+4915112345678"


def contact(contact_id: UUID, *wishes: Command) -> Contact:
    """A contact for whom this was wished."""
    made = Contact(contact_id)
    for wish in wishes:
        made.execute(wish)
    return made


def test_a_meeting_is_known_by_its_name_and_by_the_one_before() -> None:
    linked = BookingLinked(
        appointment_id="new",
        attendee_id="p1",
        start=NINE,
        end=TEN,
        source="booking",
        moved_from=FormerPlace(appointment_id="old", attendee_id=None),
    )
    assert names_of(linked) == ["new", "old"]


def test_a_former_name_of_a_meeting_means_its_guests_only_where_that_is_asked_for() -> None:
    anna = contact(
        ANNA, link("m1", "p1"), c.RescheduleBooking("m1", NINE, TEN, new_appointment_id="m2")
    )
    assert means(Holding("m2"), anna)
    assert means(Holding("m1", even_formerly=True), anna)
    assert not means(Holding("m1"), anna)


def test_a_place_means_who_sits_on_it_and_not_the_neighbour() -> None:
    anna = contact(ANNA, link("m1", "p1", email="a@x.test"))
    assert means(Matching(place=Place("m1", "p1")), anna)
    assert not means(Matching(place=Place("m1", "p2")), anna)


def test_a_guest_is_known_by_the_address_of_the_very_place() -> None:
    """Two people share a contact's number; who is spoken of is who booked the place."""
    anna = contact(ANNA, link("m1", "p1", email="a@x.test"), link("m1", "p2", email="b@x.test"))
    assert concerned(Holding("m1", "p1", known_as="a@x.test"), [anna]) == [anna]
    with pytest.raises(errors.AppointmentNotFound):
        concerned(Holding("m1", "p1", known_as="b@x.test"), [anna])


def test_a_guest_is_known_by_the_number_that_the_contact_has_now() -> None:
    later = link("m2", "p2", phone_number=PHONE, phone_key=PHONE)
    anna = contact(ANNA, link("m1", "p1", email="a@x.test"), later)
    assert anna.fields["phone_key"] == PHONE
    assert concerned(Holding("m1", "p1", known_as=PHONE), [anna]) == [anna]


def test_a_guest_who_called_this_place_off_is_left_out_whatever_other_place_there_is() -> None:
    anna = contact(ANNA, link("m1", "p1"), link("m1", "p2"), c.CancelBooking("m1", "p1"))
    ben = contact(BEN, link("m1", "p1", email="b@x.test"))
    assert concerned(Holding("m1", "p1"), [anna, ben]) == [ben]


def test_who_has_no_address_claims_none_and_the_next_one_is_looked_at_all_the_same() -> None:
    desk = Desk()
    desk.found.emails[COMPANY, "taken@x.test"] = UUID(int=7)
    staged = {
        (COMPANY, ANNA): entry(contact(ANNA, link("m1", phone_number="1", phone_key=None))),
        (COMPANY, BEN): entry(contact(BEN, link("m1", email="taken@x.test"))),
    }
    with pytest.raises(errors.EmailTaken) as refused:
        desk.check_claims(staged)
    assert refused.value.details == {"existingContactId": str(UUID(int=7))}


def entry(of: Contact) -> Entry:
    return Entry(of, Inline().empty(COMPANY, of.id))
