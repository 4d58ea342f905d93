"""What many callers do at the same moment: nobody makes a duplicate, and no change is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import httpx2

from tests.acceptance.conftest import BOOKING, Tenant


def at_once(calls: list[Callable[[], httpx2.Response]]) -> list[httpx2.Response]:
    """Make each call from a thread of its own; all begin together."""
    barrier = Barrier(len(calls))

    def begin(call: Callable[[], httpx2.Response]) -> httpx2.Response:
        barrier.wait(30)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(begin, calls))


def test_of_32_creates_of_one_address_one_wins_and_the_others_are_told_who(
    company: Tenant,
) -> None:
    for attempt in range(20):
        create = partial(company.http.post, "/crm", json={"email": f"new{attempt}@example.com"})
        answers = at_once([create] * 32)
        won = [answer for answer in answers if answer.status_code == 201]
        lost = [answer.json() for answer in answers if answer.status_code == 409]
        assert (len(won), len(lost)) == (1, 31)
        assert {refusal["code"] for refusal in lost} == {"email_taken"}
        assert {refusal["existingContactId"] for refusal in lost} == {won[0].json()["item"]["id"]}
    assert company.position() == 20


def test_64_changes_of_one_contact_are_all_granted_and_all_in_its_history(
    company: Tenant,
) -> None:
    contact_id = company.create(email="busy@example.com")["id"]
    path = f"/crm/{contact_id}"
    answers = at_once(
        [partial(company.http.patch, path, json={"notes": f"{number}"}) for number in range(64)]
    )
    assert [answer.status_code for answer in answers] == [200] * 64
    assert [answer.json()["notes"] for answer in answers] == [f"{n}" for n in range(64)]
    events = company.events(contact_id)
    assert [event["version"] for event in events] == list(range(1, 66))
    notes = [event["data"]["notes"] for event in events[1:]]
    assert sorted(notes) == sorted(f"{n}" for n in range(64))
    assert company.read(contact_id)["item"]["notes"] == notes[-1]


def test_30_bookings_for_one_new_address_make_one_contact_with_30_appointments(
    company: Tenant,
) -> None:
    def book(number: int) -> httpx2.Response:
        attendee = {"id": f"att-{number}", "email": "guest@example.com"}
        booking = {**BOOKING, "id": f"appt-{number}", "attendees": [attendee]}
        return company.http.post("/crm/bookings", json=booking)

    answers = at_once([partial(book, number) for number in range(30)])
    assert [answer.status_code for answer in answers] == [201] * 30
    assert len({answer.json()["result"][0]["id"] for answer in answers}) == 1
    (row,) = company.found()
    assert {place["id"] for place in row["appointments"]} == {f"appt-{n}" for n in range(30)}
    assert len(row["appointments"]) == 30
    assert row["tags"] == ["Recurring"]
    topics = [event["topic"] for event in company.events()]
    assert topics == ["contact.created"] + ["contact.booking_linked"] * 30
