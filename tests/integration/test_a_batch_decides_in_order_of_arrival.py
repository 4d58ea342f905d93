"""Requests of one batch see what those before them did, and a refusal touches no other."""

from typing import Any
from uuid import UUID

import pytest

from domain import errors
from domain.application import batch
from domain.application.contacts import Contacts
from domain.application.requests import Deferred, Holding, Matching, Place, Request, Step
from domain.contact import commands as c
from domain.contact.events import Details
from tests.integration.writing import (
    Books,
    asking,
    book,
    change,
    creating,
    done,
    id_of,
    names_of,
    refused,
    to,
)
from tests.unit.histories import TEN, link, move

PHONE = "+4915112345678"
BY_PHONE: dict[str, Any] = {"phone_number": PHONE, "phone_key": PHONE}


# -- addresses -----------------------------------------------------------------------------------


def test_the_second_to_take_an_address_is_refused_and_told_who_has_it(
    side: Contacts, books: Books
) -> None:
    wishes = [
        creating(books.company_id, email=email) for email in ("a@x.test", " A@X.TEST ", "b@x.test")
    ]
    first, second, third = side.run(wishes)
    taken = refused(second, errors.EmailTaken)
    assert taken.details == {"existingContactId": str(id_of(first))}
    assert set(books.emails()) == {id_of(first), id_of(third)}
    assert books.transactions() == 1


def test_a_booking_finds_the_contact_that_was_made_before_it_in_the_same_batch(
    side: Contacts, books: Books
) -> None:
    made, booked, again = side.run(
        [
            creating(books.company_id, email="anna@example.com"),
            asking(books.company_id, book(link())),
            asking(books.company_id, book(link("appt-2"))),
        ]
    )
    assert id_of(made) == id_of(booked) == id_of(again)
    assert books.topics() == ["created", "booking_linked", "booking_linked"]
    assert books.rows("contact")[0]["tags"] == ["Recurring"]
    assert books.transactions() == 1


def test_updating_whoever_has_the_address_finds_one_made_in_the_same_batch(
    side: Contacts, books: Books
) -> None:
    wishes = [
        creating(books.company_id, email="a@x.test"),
        creating(books.company_id, email="A@x.test", title="Dr.", update_existing=True),
    ]
    first, second = side.run(wishes)
    assert id_of(first) == id_of(second)
    assert [one.created for one in done(second).changes] == [False]
    assert books.rows("contact")[0]["title"] == "Dr."


def test_two_contacts_swap_addresses_in_one_request(side: Contacts, books: Books) -> None:
    a, b = two(side, books)
    swap = asking(books.company_id, change(a, email="b@x.test"), change(b, email="a@x.test"))
    done(side.run([swap])[0])
    assert books.emails() == {a: "b@x.test", b: "a@x.test"}


def test_two_contacts_swap_addresses_in_three_requests_of_one_batch(
    side: Contacts, books: Books
) -> None:
    a, b = two(side, books)
    steps = change(a, email="c@x.test"), change(b, email="a@x.test"), change(a, email="b@x.test")
    outcomes = side.run([asking(books.company_id, step) for step in steps])
    assert names_of(outcomes) == ["Done"] * 3
    assert books.emails() == {a: "b@x.test", b: "a@x.test"}
    assert books.transactions() == 2


def test_half_a_swap_is_refused(side: Contacts, books: Books) -> None:
    a, b = two(side, books)
    half, other_half = (
        asking(books.company_id, change(a, email="b@x.test")),
        asking(books.company_id, change(b, email="a@x.test")),
    )
    outcomes = side.run([half, other_half])
    assert names_of(outcomes) == ["EmailTaken", "EmailTaken"]
    assert books.emails() == {a: "a@x.test", b: "b@x.test"}


@pytest.mark.parametrize("wish", [c.DeleteContact(), c.EraseContact("mistake")])
def test_an_address_is_free_as_soon_as_its_holder_is_gone(
    side: Contacts, books: Books, wish: c.DeleteContact | c.EraseContact
) -> None:
    a, _ = two(side, books)
    gone, taken = side.run(
        [asking(books.company_id, to(a, wish)), creating(books.company_id, email="a@x.test")]
    )
    assert id_of(gone) == a
    assert id_of(taken) != a
    assert books.transactions() == 2


def test_restoring_is_refused_once_somebody_else_has_the_address(
    side: Contacts, books: Books
) -> None:
    a, _ = two(side, books)
    delete, restore = c.DeleteContact(), c.RestoreContact()
    _, newer, back = side.run(
        [
            asking(books.company_id, to(a, delete)),
            creating(books.company_id, email="a@x.test"),
            asking(books.company_id, to(a, restore)),
        ]
    )
    holder = {"existingContactId": str(id_of(newer))}
    assert refused(back, errors.EmailTaken).details == holder
    (later,) = side.run([asking(books.company_id, to(a, restore))])
    assert refused(later, errors.EmailTaken).details == holder
    assert books.transactions() == 2


def test_who_gave_an_address_up_within_a_request_is_not_found_under_it_any_more(
    side: Contacts, books: Books
) -> None:
    a, _ = two(side, books)
    new = Step(Matching("a@x.test"), c.CreateContact(Details(email="a@x.test")))
    (outcome,) = side.run([asking(books.company_id, change(a, email="c@x.test"), new)])
    first, second = done(outcome).changes
    assert (first.contact_id, second.created) == (a, True)
    assert books.emails()[second.contact_id] == "a@x.test"


# -- phone numbers -------------------------------------------------------------------------------


def test_bookings_by_phone_alone_find_each_other(side: Contacts, books: Books) -> None:
    one, other = link("m1", **BY_PHONE), link("m2", **BY_PHONE)
    outcomes = side.run(
        [asking(books.company_id, book(one)), asking(books.company_id, book(other))]
    )
    assert id_of(outcomes[0]) == id_of(outcomes[1])


def test_two_attendees_of_one_booking_with_one_number_are_one_contact(
    side: Contacts, books: Books
) -> None:
    places = [book(link("m1", attendee, **BY_PHONE)) for attendee in ("p1", "p2")]
    (outcome,) = side.run([asking(books.company_id, *places)])
    assert len({one.contact_id for one in done(outcome).changes}) == 1
    assert len(books.rows("appointment")) == 2


def test_who_has_a_number_that_was_just_given_up_is_asked_anew(
    side: Contacts, books: Books
) -> None:
    older, newer = side.run([creating(books.company_id, **BY_PHONE) for _ in range(2)])
    wishes = [
        asking(books.company_id, change(id_of(older), phone_number="1", phone_key=None)),
        asking(books.company_id, book(link("m1", **BY_PHONE))),
    ]
    outcomes = side.run(wishes)
    assert names_of(outcomes)[0] == "Done"
    assert outcomes[1] is Deferred.DEFERRED
    (found,) = side.run(wishes[1:])
    assert id_of(found) == id_of(newer)


def test_the_oldest_with_a_number_is_found_also_when_it_got_it_in_this_batch(
    side: Contacts, books: Books
) -> None:
    older, _ = side.run(
        [creating(books.company_id, email="a@x.test"), creating(books.company_id, **BY_PHONE)]
    )
    wishes = [
        asking(books.company_id, change(id_of(older), **BY_PHONE)),
        asking(books.company_id, book(link("m1", **BY_PHONE))),
    ]
    outcomes = side.run(wishes)
    if outcomes[1] is Deferred.DEFERRED:
        outcomes = side.run(wishes[1:])
    assert id_of(outcomes[-1]) == id_of(older)


# -- meetings ------------------------------------------------------------------------------------


def test_all_who_hold_a_place_hear_of_a_move_even_when_they_booked_in_the_same_batch(
    side: Contacts, books: Books
) -> None:
    booked = [asking(books.company_id, book(link("m1", None, email=f"{n}@x.test"))) for n in "abc"]
    moved = asking(books.company_id, Step(Holding("m1"), move("m1", TEN, "m2")))
    cancelled = asking(books.company_id, Step(Holding("m2"), c.CancelBooking("m2")))
    side.run(booked[:1])
    outcomes = side.run([*booked[1:], moved, cancelled])
    assert [len(done(outcome).changes) for outcome in outcomes] == [1, 1, 3, 3]
    places = {(row["appointment_id"], row["is_cancelled"]) for row in books.rows("appointment")}
    assert places == {("m2", True)}


def test_a_meeting_that_was_renamed_is_not_found_under_its_old_name(
    side: Contacts, books: Books
) -> None:
    side.run([asking(books.company_id, book(link("m1")))])
    moved = asking(books.company_id, Step(Holding("m1"), move("m1", TEN, "m2")))
    late = asking(books.company_id, Step(Holding("m1"), c.CancelBooking("m1")))
    _, outcome = side.run([moved, late])
    refused(outcome, errors.AppointmentNotFound)
    refused(side.run([late])[0], errors.AppointmentNotFound)


def test_only_who_has_the_named_place_hears_of_it(side: Contacts, books: Books) -> None:
    wishes = [
        asking(books.company_id, book(link("m1", p, email=f"{p}@x.test"))) for p in ("p1", "p2")
    ]
    _, second = side.run(wishes)
    mark = Step(Holding("m1", "p2"), c.MarkNoShow("m1", "p2"))
    (outcome,) = side.run([asking(books.company_id, mark)])
    assert id_of(outcome) == id_of(second)
    nobody = Step(Holding("m1", "p9"), c.MarkNoShow("m1", "p9"))
    refused(side.run([asking(books.company_id, nobody)])[0], errors.AppointmentNotFound)


@pytest.mark.parametrize("wish", [move("m1", TEN), c.MarkNoShow("m1")])
def test_a_group_is_spoken_of_although_one_attendee_has_left(
    side: Contacts, books: Books, wish: c.RescheduleBooking | c.MarkNoShow
) -> None:
    """A scheduler tells of the meeting, not of each place; who cancelled is not concerned."""
    booked = [book(link("m1", place, email=f"{place}@x.test")) for place in ("p1", "p2")]
    side.run([asking(books.company_id, *booked)])
    side.run([asking(books.company_id, Step(Holding("m1"), c.CancelBooking("m1", "p1")))])
    (outcome,) = side.run([asking(books.company_id, Step(Holding("m1"), wish))])
    assert [one.version for one in done(outcome).changes if one.changed] == [3]


def test_a_place_without_a_name_is_known_by_the_number_that_was_typed(
    side: Contacts, books: Books
) -> None:
    """A number that is not valid finds nobody, but in its own meeting it does."""

    def booked(appointment_id: str, number: str) -> Request:
        wish = link(appointment_id, None, phone_number=number, phone_key=None)
        place = Place(appointment_id, phone_number=number)
        return asking(books.company_id, Step(Matching(place=place), wish))

    (first,) = side.run([booked("m1", "555")])
    wishes = [booked("m1", "555"), booked("m1", "556"), booked("m2", "555"), booked("m1", "556")]
    again, neighbour, elsewhere, twice = (id_of(outcome) for outcome in side.run(wishes))
    assert again == id_of(first)
    assert neighbour == twice
    assert len({again, neighbour, elsewhere}) == 3
    (deleted,) = side.run([asking(books.company_id, to(again, c.DeleteContact()))])
    (anew,) = side.run([booked("m1", "555")])
    assert id_of(anew) not in {id_of(deleted), neighbour}


def test_one_is_spoken_of_alone_only_where_nobody_else_attends(
    side: Contacts, books: Books
) -> None:
    booked = [book(link("m1", place, email=f"{place}@x.test")) for place in ("p1", "p2")]
    side.run([asking(books.company_id, *booked)])
    alone = asking(books.company_id, Step(Holding("m1", alone=True), c.MarkNoShow("m1")))
    (several,) = side.run([alone])
    refused(several, errors.AttendeeNotNamed)
    left = asking(books.company_id, Step(Holding("m1", "p1"), c.CancelBooking("m1", "p1")))
    _, outcome = side.run([left, alone])
    assert sum(row["no_show_count"] for row in books.rows("contact")) == 1
    assert id_of(outcome) != id_of(side.run([left])[0])


# -- refusals, several companies -----------------------------------------------------------------


def test_a_refusal_touches_no_other(side: Contacts, books: Books) -> None:
    a, b = two(side, books)
    before = len(books.events())
    outcomes = side.run(
        [
            asking(books.company_id, change(a, title="Dr.")),
            asking(books.company_id, change(a, title="Prof."), change(b, email="a@x.test")),
            asking(books.company_id, change(b, title="Dr.", email=None)),
            asking(books.company_id, change(b, title="Mag.")),
        ]
    )
    assert names_of(outcomes) == ["Done", "EmailTaken", "NoAddress", "Done"]
    assert len(books.events()) == before + 2
    assert {row["title"] for row in books.rows("contact")} == {"Dr.", "Mag."}
    books.assert_contiguous()


def test_a_request_of_several_steps_is_granted_as_a_whole_or_not_at_all(
    side: Contacts, books: Books
) -> None:
    fine, missing = book(link("m1", email="a@x.test")), book(link("m1", first_name="Nobody"))
    (outcome,) = side.run([asking(books.company_id, fine, missing)])
    refused(outcome, errors.NoAddress)
    assert books.events() == []
    assert books.rows("contact") == []


def test_one_transaction_spans_many_companies(side: Contacts, books: Books) -> None:
    companies = [books, *(books.another() for _ in range(19))]
    outcomes = side.run([creating(one.company_id, email="same@x.test") for one in companies])
    assert names_of(outcomes) == ["Done"] * 20
    ids = [one.company_id for one in companies]
    query = "SELECT DISTINCT xmin::text FROM log.event WHERE company_id = ANY(%s)"
    assert len(books.query(query, ids)) == 1
    assert [one.topics() for one in companies] == [["created"]] * 20


@pytest.mark.parametrize("count", [2, 3, 7])
def test_a_list_that_is_sent_in_parts_is_decided_as_a_whole(
    side: Contacts, books: Books, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(batch, "PART", 3)
    emails = [f"{n}@x.test" for n in range(count - 1)]
    outcomes = side.run([creating(books.company_id, email=one) for one in [*emails, "0@x.test"]])
    assert names_of(outcomes) == ["Done"] * (count - 1) + ["EmailTaken"]
    assert [recorded.event.model_dump()["email"] for recorded in books.history()] == emails
    books.assert_contiguous()


def test_the_outcome_shows_what_this_request_made(side: Contacts, books: Books) -> None:
    a, _ = two(side, books)
    first, second = side.run(
        [asking(books.company_id, change(a, title=title)) for title in ("Dr.", "Prof.")]
    )
    shown = [outcome.changes[0] for outcome in (done(first), done(second))]
    assert [one.version for one in shown] == [2, 3]
    assert [one.rows.views[0][()].title for one in shown] == ["Dr.", "Prof."]  # type: ignore[attr-defined]


def two(side: Contacts, books: Books) -> tuple[UUID, UUID]:
    """Contacts A and B, with the addresses a@ and b@."""
    a, b = side.run([creating(books.company_id, email=f"{name}@x.test") for name in "ab"])
    return id_of(a), id_of(b)
