"""What becomes of a booking: who is concerned, what is answered, and what is refused."""

from typing import Any

import pytest

from tests.acceptance.conftest import BOOKING, Tenant
from tests.acceptance.refusals import expect_refusal, nothing_recorded

LATER = {"start": "2024-01-16T14:00:00+01:00", "end": "2024-01-16T14:30:00+01:00"}
LATER_IN_UTC = ("2024-01-16T13:00:00.000Z", "2024-01-16T13:30:00.000Z")
NO_SHOW = "/crm/bookings/appt-1/no-show"


def group(company: Tenant, *names: str) -> list[dict[str, Any]]:
    """Book appt-1 for these people, each with an attendee id of their name."""
    attendees = [{"id": f"att-{name}", "email": f"{name}@example.com"} for name in names]
    return company.book(*attendees, id="appt-1")


def emails(rows: list[dict[str, Any]]) -> list[str]:
    return [row["email"] for row in rows]


def place(row: dict[str, Any]) -> dict[str, Any]:
    """The only appointment of a contact."""
    (only,) = row["appointments"]
    assert isinstance(only, dict)
    return only


def times(row: dict[str, Any]) -> tuple[str, str]:
    return place(row)["start"], place(row)["end"]


# -- moving --------------------------------------------------------------------------------------


def test_a_meeting_is_moved_for_all_and_the_answer_is_what_a_read_shows(company: Tenant) -> None:
    group(company, "a", "b")
    rows = company.tell("appt-1", "reschedule", **LATER)
    assert emails(rows) == ["a@example.com", "b@example.com"]
    assert {times(row) for row in rows} == {LATER_IN_UTC}
    assert company.found(sortBy="email") == rows


def test_one_attendee_is_moved_alone(company: Tenant) -> None:
    group(company, "a", "b")
    rows = company.tell("appt-1", "reschedule", attendeeId="att-b", **LATER)
    assert emails(rows) == ["b@example.com"]
    moved = {row["email"]: times(row) == LATER_IN_UTC for row in company.found()}
    assert moved == {"a@example.com": False, "b@example.com": True}


def test_a_moved_meeting_is_known_under_its_new_id(company: Tenant) -> None:
    group(company, "a")
    (row,) = company.tell("appt-1", "reschedule", newAppointmentId="appt-2", **LATER)
    assert (place(row)["id"], place(row)["rescheduledFrom"]) == ("appt-2", "appt-1")
    found = company.http.get("/crm/details", params={"attendeeId": "att-a"}).json()
    assert found["appointments"] == row["appointments"]
    gone = company.http.post("/crm/bookings/appt-1/cancel")
    expect_refusal(gone, 404)
    assert place(company.tell("appt-2", "cancel")[0])["isCancelled"]


@pytest.mark.parametrize("new_id", [{}, {"newAppointmentId": "appt-2"}])
def test_the_same_move_again_records_nothing(company: Tenant, new_id: dict[str, str]) -> None:
    group(company, "a", "b")
    first = company.tell("appt-1", "reschedule", **LATER, **new_id)
    with nothing_recorded(company):
        again = company.tell("appt-1", "reschedule", **LATER, **new_id)
    assert again == first


def test_a_meeting_does_not_end_before_it_starts(company: Tenant) -> None:
    group(company, "a")
    turned = {"start": LATER["end"], "end": LATER["start"]}
    expect_refusal(company.http.post("/crm/bookings/appt-1/reschedule", json=turned), 400, "end")


# -- cancelling ----------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [None, b"", b"{}"])
def test_without_a_word_the_whole_meeting_is_cancelled(company: Tenant, body: bytes | None) -> None:
    group(company, "a", "b")
    headers = {"Content-Type": "application/json"}
    answer = company.http.post("/crm/bookings/appt-1/cancel", content=body, headers=headers)
    rows = answer.json()["result"]
    assert [place(row)["isCancelled"] for row in rows] == [True, True]


def test_one_attendee_cancels_and_says_why(company: Tenant) -> None:
    group(company, "a", "b")
    reason = "Fell ill.\n" * 100
    rows = company.tell("appt-1", "cancel", attendeeId="att-a", reason=reason)
    assert emails(rows) == ["a@example.com"]
    assert place(rows[0])["cancelReason"] == reason
    other = company.found(searchTerm="b@example.com")[0]
    assert (place(other)["isCancelled"], place(other)["cancelReason"]) == (False, None)


def test_cancelling_again_records_nothing_and_keeps_the_reason(company: Tenant) -> None:
    group(company, "a", "b")
    first = company.tell("appt-1", "cancel", reason="Fell ill")
    with nothing_recorded(company):
        assert company.tell("appt-1", "cancel", reason="Other plans") == first


def test_who_left_a_group_is_not_concerned_any_more(company: Tenant) -> None:
    group(company, "a", "b")
    company.tell("appt-1", "cancel", attendeeId="att-a")
    assert emails(company.tell("appt-1", "reschedule", **LATER)) == ["b@example.com"]
    assert emails(company.tell("appt-1", "no-show")) == ["b@example.com"]


def test_who_cancelled_one_of_two_places_still_has_the_other(company: Tenant) -> None:
    company.book(*({"id": f"att-{n}", "email": "a@example.com"} for n in range(2)), id="appt-1")
    company.tell("appt-1", "cancel", attendeeId="att-0")
    (moved,) = company.tell("appt-1", "reschedule", **LATER)
    assert [one["start"] == LATER_IN_UTC[0] for one in moved["appointments"]] == [False, True]
    (missed,) = company.tell("appt-1", "no-show")
    assert [one["isNoShow"] for one in missed["appointments"]] == [False, True]


@pytest.mark.parametrize(("what", "fields"), [("reschedule", LATER), ("no-show", {})])
def test_a_cancelled_meeting_is_neither_moved_nor_missed(
    company: Tenant, what: str, fields: dict[str, str]
) -> None:
    group(company, "a")
    company.tell("appt-1", "cancel")
    with nothing_recorded(company):
        answer = company.http.post(f"/crm/bookings/appt-1/{what}", json=fields)
    expect_refusal(answer, 409)
    assert answer.json()["code"] == "booking_cancelled"


# -- missing -------------------------------------------------------------------------------------


def test_a_no_show_is_marked_and_cleared(company: Tenant) -> None:
    group(company, "a")
    (marked,) = company.http.post(NO_SHOW).json()["result"]
    assert (marked["noShowCount"], place(marked)["isNoShow"]) == (1, True)
    (cleared,) = company.http.delete(NO_SHOW).json()["result"]
    assert (cleared["noShowCount"], place(cleared)["isNoShow"]) == (0, False)


def test_marking_and_clearing_again_records_nothing(company: Tenant) -> None:
    group(company, "a")
    for method in ("POST", "DELETE"):
        first = company.http.request(method, NO_SHOW)
        with nothing_recorded(company):
            assert company.http.request(method, NO_SHOW).json() == first.json()


def test_of_several_attendees_one_must_be_named(company: Tenant) -> None:
    group(company, "a", "b")
    with nothing_recorded(company):
        refusals = [company.http.request(method, NO_SHOW) for method in ("POST", "DELETE")]
    for refusal in refusals:
        expect_refusal(refusal, 400, "attendeeId")
        assert refusal.json()["code"] == "attendee_required"
    assert emails(company.tell("appt-1", "no-show", attendeeId="att-b")) == ["b@example.com"]
    assert company.found(searchTerm="a@example.com")[0]["noShowCount"] == 0
    cleared = company.http.delete(NO_SHOW, params={"attendeeId": "att-b"})
    assert [row["noShowCount"] for row in cleared.json()["result"]] == [0]


def test_one_person_with_two_places_is_several_attendees(company: Tenant) -> None:
    company.book(*({"id": f"att-{n}", "email": "a@example.com"} for n in range(2)), id="appt-1")
    expect_refusal(company.http.post(NO_SHOW), 400, "attendeeId")
    (row,) = company.tell("appt-1", "no-show", attendeeId="att-1")
    assert [one["isNoShow"] for one in row["appointments"]] == [False, True]


# -- who is there --------------------------------------------------------------------------------

WHAT = [
    ("POST", "reschedule", LATER),
    ("POST", "reschedule", {**LATER, "newAppointmentId": "appt-3"}),
    ("POST", "cancel", {}),
    ("POST", "no-show", {}),
    ("DELETE", "no-show", None),
]


@pytest.mark.parametrize(("method", "what", "body"), WHAT)
def test_a_meeting_that_nobody_booked_is_not_found(
    company: Tenant, method: str, what: str, body: object
) -> None:
    answer = company.http.request(method, f"/crm/bookings/appt-2/{what}", json=body)
    expect_refusal(answer, 404)
    assert answer.json()["code"] == "appointment_not_found"


@pytest.mark.parametrize("what", ["reschedule", "cancel", "no-show"])
def test_an_attendee_who_was_not_booked_in_is_not_found(company: Tenant, what: str) -> None:
    group(company, "a")
    body = {"attendeeId": "att-b", **(LATER if what == "reschedule" else {})}
    answer = company.http.post(f"/crm/bookings/appt-1/{what}", json=body)
    expect_refusal(answer, 404)
    assert answer.json()["code"] == "appointment_not_found"


def test_meetings_of_another_company_are_out_of_reach(
    company: Tenant, shared_company: Tenant
) -> None:
    shared_company.book({"id": "att-x", "email": "x@example.com"}, id="appt-shared")
    with nothing_recorded(shared_company):
        answer = company.http.post("/crm/bookings/appt-shared/cancel")
    expect_refusal(answer, 404)


def test_a_deleted_contact_hears_of_its_meetings_and_is_not_shown(company: Tenant) -> None:
    first, _ = group(company, "a", "b")
    company.http.delete(f"/crm/{first['id']}")
    assert emails(company.tell("appt-1", "cancel")) == ["b@example.com"]
    back = company.http.post(f"/crm/{first['id']}/restore").json()
    assert place(back)["isCancelled"]


def test_a_booking_that_comes_again_does_not_revive_what_was_cancelled(company: Tenant) -> None:
    group(company, "a")
    company.tell("appt-1", "cancel")
    with nothing_recorded(company):
        (row,) = company.book({"id": "att-a", "email": "a@example.com"}, id="appt-1", **BOOKING)
    assert place(row)["isCancelled"]


@pytest.mark.parametrize(
    ("what", "body", "field"),
    [
        ("reschedule", {**LATER, "start": 1_705_410_000}, "start"),
        ("reschedule", {**LATER, "end": "2024-01-16T14:30:00"}, "end"),
        ("reschedule", {"start": LATER["start"]}, "end"),
        ("reschedule", {**LATER, "newId": "appt-2"}, "newId"),
        ("reschedule", {**LATER, "newAppointmentId": ""}, "newAppointmentId"),
        ("cancel", {"attendee": "att-a"}, "attendee"),
        ("cancel", {"attendeeId": 7}, "attendeeId"),
        ("cancel", {"reason": "ill\0"}, "reason"),
        ("cancel", {"reason": "x" * 70_000}, "reason"),
        ("cancel", ["att-a"], "body"),
        ("no-show", {"attendeeId": "x" * 256}, "attendeeId"),
        ("no-show", {"isNoShow": True}, "isNoShow"),
    ],
)
def test_a_damaged_wish_is_refused_by_the_name_of_its_field(
    shared_company: Tenant, what: str, body: object, field: str
) -> None:
    with nothing_recorded(shared_company):
        answer = shared_company.http.post(f"/crm/bookings/appt-1/{what}", json=body)
    expect_refusal(answer, 400, field)
