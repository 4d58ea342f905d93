"""Bookings: who is matched, what is filled in, what stays, and what a second delivery does."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.acceptance.conftest import BOOKING, Tenant
from tests.acceptance.refusals import expect_refusal, nothing_recorded

NUMBER = "+4930901820"
KNOWN: dict[str, Any] = {
    "firstName": "Anna",
    "lastName": "Müller",
    "phoneNumber": NUMBER,
    "language": "de",
}
ELSE: dict[str, Any] = {
    "firstName": "Hanna",
    "lastName": "Miller",
    "phoneNumber": "+4930901821",
    "language": "en",
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_missing_field_is_filled(company: Tenant, name: str) -> None:
    known = {other: value for other, value in KNOWN.items() if other != name}
    contact = company.create(email="anna@example.com", **known)
    (row,) = company.book({"email": "anna@example.com", **ELSE})
    assert row["id"] == contact["id"]
    assert {field: row[field] for field in KNOWN} == {**KNOWN, name: ELSE[name]}


def test_nothing_that_somebody_saved_is_overwritten(company: Tenant) -> None:
    owner = str(uuid4())
    contact = company.create(
        email="Anna@example.com", accountOwnerId=owner, additionalData={"a": 1}, **KNOWN
    )
    attendee = {"email": "anna@EXAMPLE.com", "additionalData": {"a": 2, "b": 3}, **ELSE}
    (row,) = company.book(attendee, hosts=[{"id": str(uuid4())}])
    assert row["additionalData"] == {"a": 1, "b": 3}
    kept = ("id", "email", "accountOwnerId", *KNOWN)
    assert {name: row[name] for name in kept} == {name: contact[name] for name in kept}
    topics = [event["topic"] for event in company.events()]
    assert topics == ["contact.created", "contact.updated", "contact.booking_linked"]


def test_a_field_that_was_cleared_is_missing_again(company: Tenant) -> None:
    contact = company.create(email="anna@example.com", firstName="Anna")
    company.http.patch(f"/crm/{contact['id']}", json={"firstName": None})
    assert company.book({"email": "anna@example.com", "firstName": "Hanna"})[0]["firstName"] == (
        "Hanna"
    )


def test_who_brings_only_a_number_is_matched_by_it_in_any_formatting(company: Tenant) -> None:
    contact = company.create(email="anna@example.com", phoneNumber="030 / 90 18 20")
    for typed in (NUMBER, "030 901820", "0049 (0)30 90-18-20"):
        (row,) = company.book({"phoneNumber": typed})
        assert row["id"] == contact["id"]


def test_of_several_with_the_number_the_oldest_is_taken(company: Tenant) -> None:
    first, second, third = (
        company.create(email=f"{name}@example.com", phoneNumber=NUMBER) for name in "abc"
    )
    assert company.book({"phoneNumber": NUMBER})[0]["id"] == first["id"]
    company.http.delete(f"/crm/{first['id']}")
    assert company.book({"phoneNumber": NUMBER})[0]["id"] == second["id"]
    company.http.patch(f"/crm/{second['id']}", json={"phoneNumber": None})
    assert company.book({"phoneNumber": NUMBER})[0]["id"] == third["id"]


def test_an_address_goes_before_a_number(company: Tenant) -> None:
    by_number = company.create(phoneNumber=NUMBER)
    (row,) = company.book({"email": "new@example.com", "phoneNumber": NUMBER})
    assert row["id"] != by_number["id"]
    by_address = company.create(email="anna@example.com")
    (row,) = company.book({"email": "anna@example.com", "phoneNumber": NUMBER})
    assert row["id"] == by_address["id"]


def test_a_number_that_is_not_valid_matches_nobody(company: Tenant) -> None:
    typed = "+1-555-123-4567"
    contact = company.create(phoneNumber=typed)
    assert contact["phoneNumber"] == typed
    rows = [company.book({"phoneNumber": typed})[0] for _ in range(2)]
    assert len({contact["id"], rows[0]["id"], rows[1]["id"]}) == 3


def test_a_number_that_is_not_valid_still_tells_that_a_booking_comes_again(
    company: Tenant,
) -> None:
    places = [{"phoneNumber": "+1-555-123-4567"}, {"phoneNumber": "reception, 2nd floor"}]
    first = company.book(*places, id="appt-1")
    with nothing_recorded(company):
        again = company.book(*places, id="appt-1")
    assert again == first
    assert first[0]["id"] != first[1]["id"]
    with_address = company.book({**places[0], "email": "a@example.com"}, id="appt-1")
    assert with_address[0]["id"] not in [row["id"] for row in first]


def test_each_attendee_is_a_contact_in_the_order_of_the_booking(company: Tenant) -> None:
    known = company.create(email="b@example.com")
    rows = company.book(
        *({"id": f"att-{name}", "email": f"{name}@example.com"} for name in "abc"), id="appt-1"
    )
    assert [row["email"] for row in rows] == ["a@example.com", "b@example.com", "c@example.com"]
    assert rows[1]["id"] == known["id"]
    assert [row["appointments"][0]["attendeeId"] for row in rows] == ["att-a", "att-b", "att-c"]
    assert {row["appointments"][0]["id"] for row in rows} == {"appt-1"}
    assert all(row["tags"] == [] for row in rows)


def test_one_person_with_two_places_in_a_meeting_is_one_contact(company: Tenant) -> None:
    places = ({"id": f"att-{n}", "email": "a@example.com"} for n in range(2))
    rows = company.book(*places, id="appt-1")
    assert rows[0]["id"] == rows[1]["id"]
    (row,) = company.found()
    assert [place["attendeeId"] for place in row["appointments"]] == ["att-0", "att-1"]
    assert row["tags"] == []  # it is one meeting


def test_the_same_booking_again_records_nothing(company: Tenant) -> None:
    attendees = [
        {"id": "att-1", "email": "a@example.com", "firstName": "Anna"},
        {"email": "b@example.com"},
    ]
    booking = {**BOOKING, "id": "appt-1", "attendees": attendees}
    first = company.http.post("/crm/bookings", json=booking)
    with nothing_recorded(company):
        again = company.http.post("/crm/bookings", json=booking)
    assert again.status_code == 201
    assert again.json() == first.json()


def test_a_new_place_gets_an_id_by_which_it_is_found(company: Tenant) -> None:
    (row,) = company.book({"email": "a@example.com"})
    attendee_id = row["appointments"][0]["attendeeId"]
    found = company.http.get("/crm/details", params={"attendeeId": attendee_id})
    assert found.json()["item"] == row["item"]


def test_an_attendee_whom_nobody_knows_is_not_found(company: Tenant) -> None:
    expect_refusal(company.http.get("/crm/details?attendeeId=nobody"), 404)


def test_the_first_host_becomes_the_owner(company: Tenant) -> None:
    first, second, third = (str(uuid4()) for _ in range(3))
    attendee = {"email": "a@example.com"}
    (row,) = company.book(attendee, hosts=[{"id": first}, {"id": second}])
    assert row["accountOwnerId"] == first
    assert company.book(attendee, hosts=[{"id": third}])[0]["accountOwnerId"] == first


def test_a_host_whose_id_is_no_uuid_owns_nobody(company: Tenant) -> None:
    hosts = [{"id": "host-uuid-123"}, {"id": str(uuid4())}]
    (row,) = company.book({"email": "a@example.com"}, hosts=hosts)
    assert row["accountOwnerId"] is None
    assert [host["id"] for host in row["appointments"][0]["hosts"]] == [h["id"] for h in hosts]


def test_only_the_first_meeting_gives_an_owner(company: Tenant) -> None:
    attendee = {"email": "a@example.com"}
    company.book(attendee)
    assert company.book(attendee, hosts=[{"id": str(uuid4())}])[0]["accountOwnerId"] is None


def test_recurring_counts_meetings_and_not_no_shows(company: Tenant) -> None:
    attendee = {"email": "a@example.com"}
    tags = [company.book(attendee)[0]["tags"] for _ in range(3)]
    assert tags == [[], ["Recurring"], ["Recurring"]]
    assert company.found()[0]["noShowCount"] == 0


def test_the_next_appointment_is_the_earliest_that_is_still_to_come(company: Tenant) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    attendee = {"email": "a@example.com"}
    expected: datetime | None = None
    for days in (-1, 30, 2, 7, -10):
        start = now + timedelta(days=days)
        end = start + timedelta(hours=1)
        (row,) = company.book(attendee, start=start.isoformat(), end=end.isoformat())
        if days > 0 and (expected is None or start < expected):
            expected = start
        shown = row["nextAppointmentIso"]
        assert (None if shown is None else datetime.fromisoformat(shown)) == expected
    starts = [place["start"] for place in row["appointments"]]
    assert starts == sorted(starts)
    assert len(starts) == 5
    for answer in (company.read(row["id"]), company.found()[0]):
        assert answer["nextAppointmentIso"] == row["nextAppointmentIso"]


def test_times_are_shown_in_utc(company: Tenant) -> None:
    (row,) = company.book(
        {"email": "a@example.com"},
        start="2024-01-15T09:00:00+01:00",
        end="2024-01-15T03:30:00.250-05:00",
        timezone="Europe/Berlin",
    )
    (place,) = row["appointments"]
    assert (place["start"], place["end"]) == (
        "2024-01-15T08:00:00.000Z",
        "2024-01-15T08:30:00.250Z",
    )
    assert place["timezone"] == "Europe/Berlin"


def test_an_offset_that_no_place_on_earth_has_is_a_time_all_the_same(company: Tenant) -> None:
    times = {"start": "2024-01-15T09:00:00+23:59", "end": "2024-01-15T09:00:00-23:59"}
    (row,) = company.book({"email": "a@example.com"}, **times)
    (place,) = row["appointments"]
    assert (place["start"], place["end"]) == (
        "2024-01-14T09:01:00.000Z",
        "2024-01-16T08:59:00.000Z",
    )


def test_a_booking_whose_answers_do_not_fit_is_linked_all_the_same(company: Tenant) -> None:
    company.create(email="a@example.com", additionalData={"a": "x" * 60_000})
    (row,) = company.book({"email": "a@example.com", "additionalData": {"b": "x" * 10_000}})
    assert list(row["additionalData"]) == ["a"]
    assert len(row["appointments"]) == 1


def test_of_a_refused_booking_nobody_is_made(company: Tenant) -> None:
    attendees = [{"email": "a@example.com"}, {"email": "b@"}]
    with nothing_recorded(company):
        answer = company.http.post(
            "/crm/bookings", json={**BOOKING, "id": "appt-1", "attendees": attendees}
        )
    expect_refusal(answer, 400, "attendees.1.email")
    assert company.found() == []
