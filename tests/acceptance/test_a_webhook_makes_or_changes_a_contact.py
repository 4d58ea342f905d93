"""Every webhook of the three schedulers, through HTTP and signed as they sign."""

import pytest

from tests.acceptance.conftest import Tenant
from tests.acceptance.intake import Scheduler, connect, people
from tests.intake_payloads import (
    Json,
    calcom,
    calcom_attendee,
    calcom_moved,
    calcom_no_show,
    calendly,
    calendly_cancelled,
    calendly_no_show,
    calendly_pair,
    calendly_uri,
    meetergo,
    meetergo_attendee,
    meetergo_booking,
    meetergo_form,
)

HOST_ID = "7b0c9a52-3d5f-4a53-9d0e-0f2f3a1f6a11"
BOOKING_UID = "bFJeNb2uX8ANpT3JL5EfXw"


@pytest.fixture
def calcom_source(company: Tenant) -> Scheduler:
    return connect(company, "calcom")


@pytest.fixture
def calendly_source(company: Tenant) -> Scheduler:
    return connect(company, "calendly")


@pytest.fixture
def meetergo_source(company: Tenant) -> Scheduler:
    return connect(company, "meetergo")


# -- meetergo ------------------------------------------------------------------------------------


@pytest.mark.parametrize("second_generation", [False, True])
def test_meetergo_books_a_meeting(
    company: Tenant, meetergo_source: Scheduler, *, second_generation: bool
) -> None:
    meetergo_source.tell(meetergo_booking(second_generation=second_generation))
    (row,) = people(company)
    assert (row["firstName"], row["lastName"]) == ("Jane", "Doe")
    assert (row["email"], row["phoneNumber"]) == ("customer@example.com", "+12125552368")
    assert row["accountOwnerId"] == HOST_ID
    assert row["additionalData"] == {"What is your budget?": "$1-5M"}
    (place,) = row["appointments"]
    assert (place["id"], place["attendeeId"]) == ("appt-uuid-12345", "att-uuid-789")
    assert (place["start"], place["source"]) == ("2034-01-15T08:00:00.000Z", "meetergo")
    assert place["meetingType"] == {"id": "mt-uuid-456", "name": "Discovery Call"}
    found = company.http.get("/crm/details", params={"attendeeId": "att-uuid-789"})
    assert found.json()["item"]["id"] == row["id"]


@pytest.mark.parametrize("second_generation", [False, True])
def test_meetergo_moves_and_calls_off_a_meeting(
    company: Tenant, meetergo_source: Scheduler, *, second_generation: bool
) -> None:
    def send(kind: str, at: str, **changes: object) -> None:
        news = {"updatedAt": at, **changes}
        meetergo_source.tell(meetergo_booking(kind, second_generation=second_generation, **news))

    send("booking_created", "2034-01-10T15:30:00Z")
    moved = {"start": "2034-01-16T09:00:00+01:00", "end": "2034-01-16T09:30:00+01:00"}
    send("booking_rescheduled", "2034-01-11T10:00:00Z", **moved)
    ((place,),) = (row["appointments"] for row in people(company))
    assert (place["start"], place["isCancelled"]) == ("2034-01-16T08:00:00.000Z", False)
    off = {"isCancelled": True, "cancel": {"reason": "ill"}}
    send("booking_cancelled", "2034-01-12T10:00:00Z", **moved, **off)
    (row,) = people(company)
    assert row["appointments"][0]["isCancelled"]
    assert row["appointments"][0]["cancelReason"] == "ill"
    assert row["nextAppointmentIso"] is None


def test_meetergo_moves_a_meeting_under_a_new_id(
    company: Tenant, meetergo_source: Scheduler
) -> None:
    moved: Json = {
        "id": "appt-2",
        "rescheduledFromId": "appt-uuid-12345",
        "updatedAt": "2034-01-11T10:00:00Z",
    }
    meetergo_source.tell(meetergo_booking(), meetergo_booking("booking_rescheduled", **moved))
    ((place,),) = (row["appointments"] for row in people(company))
    assert (place["id"], place["rescheduledFrom"]) == ("appt-2", "appt-uuid-12345")


@pytest.mark.parametrize("second_generation", [False, True])
def test_meetergo_sends_a_form(
    company: Tenant, meetergo_source: Scheduler, *, second_generation: bool
) -> None:
    form = meetergo_form(second_generation=second_generation)
    meetergo_source.tell(form, meetergo_form(second_generation=not second_generation))
    (row,) = people(company)
    (submission,) = company.read(row["id"])["formSubmissions"]
    assert submission["answers"] == {"How was it?": "Good", "Stars": 5}


def test_meetergo_tells_of_a_new_employee_and_nothing_happens(
    company: Tenant, meetergo_source: Scheduler
) -> None:
    meetergo_source.tell(meetergo("new_employee", {"id": "x", "email": "new@example.com"}))
    assert company.position() == 0


def test_meetergo_books_somebody_by_phone_alone(
    company: Tenant, meetergo_source: Scheduler
) -> None:
    attendee = meetergo_attendee(email=None)
    meetergo_source.tell(meetergo_booking(attendees=[attendee]))
    again = meetergo_attendee(email=None, id="att-2", phone="+1 (212) 555-2368")
    meetergo_source.tell(meetergo_booking(id="appt-2", attendees=[again]))
    (row,) = people(company)
    assert (row["email"], len(row["appointments"])) == (None, 2)


def test_one_of_several_attendees_leaves(company: Tenant, meetergo_source: Scheduler) -> None:
    two = [meetergo_attendee(), meetergo_attendee(id="att-2", email="two@example.com", phone=None)]
    meetergo_source.tell(meetergo_booking(attendees=two))
    left = [two[0], {**two[1], "isCancelled": True}]
    news: Json = {"attendees": left, "updatedAt": "2034-01-12T10:00:00Z"}
    meetergo_source.tell(meetergo_booking("booking_cancelled", **news))
    off = {row["email"]: row["appointments"][0]["isCancelled"] for row in people(company)}
    assert off == {"customer@example.com": False, "two@example.com": True}


# -- Cal.com -------------------------------------------------------------------------------------


def test_calcom_books_moves_and_calls_off(company: Tenant, calcom_source: Scheduler) -> None:
    calcom_source.tell(calcom())
    (row,) = people(company)
    assert (row["firstName"], row["email"]) == ("Jane", "customer@example.com")
    assert row["additionalData"] == {"What is your budget?": "$1-5M"}
    before = row["appointments"][0]
    assert (before["id"], before["source"]) == (BOOKING_UID, "calcom")
    calcom_source.tell(calcom_moved())
    (place,) = people(company)[0]["appointments"]
    assert (place["id"], place["rescheduledFrom"]) == ("newUid", BOOKING_UID)
    assert (place["start"], place["attendeeId"]) == (
        "2034-01-16T08:00:00.000Z",
        before["attendeeId"],
    )
    calcom_source.tell(
        calcom("BOOKING_CANCELLED", "2034-01-12T10:00:00Z", uid="newUid", cancellationReason="ill")
    )
    (row,) = people(company)
    assert row["appointments"][0]["isCancelled"]
    assert row["tags"] == []


def test_calcom_tells_who_came_and_transitions_count(
    company: Tenant, calcom_source: Scheduler
) -> None:
    two = [calcom_attendee(), calcom_attendee(email="partner@example.com")]
    calcom_source.tell(calcom(attendees=two))

    def counts() -> dict[str, int]:
        return {row["email"]: row["noShowCount"] for row in people(company)}

    calcom_source.tell(calcom_no_show("2034-01-15T10:00:00Z", customer=True, partner=False))
    assert counts() == {"customer@example.com": 1, "partner@example.com": 0}
    calcom_source.tell(calcom_no_show("2034-01-15T10:01:00Z", customer=True, partner=True))
    assert counts() == {"customer@example.com": 1, "partner@example.com": 1}
    calcom_source.tell(calcom_no_show("2034-01-15T10:02:00Z", customer=False, partner=True))
    assert counts() == {"customer@example.com": 0, "partner@example.com": 1}


def test_calcom_moves_what_was_booked_before_the_source_was_added(
    company: Tenant, calcom_source: Scheduler
) -> None:
    calcom_source.tell(calcom_moved())
    calcom_source.tell(calcom())
    (row,) = people(company)
    (place,) = row["appointments"]
    assert (place["id"], place["rescheduledFrom"]) == ("newUid", BOOKING_UID)
    assert place["start"] == "2034-01-16T08:00:00.000Z"


# -- Calendly ------------------------------------------------------------------------------------


@pytest.mark.parametrize("gone_first", [False, True])
def test_calendly_moves_a_meeting_by_a_pair_in_either_order(
    company: Tenant, calendly_source: Scheduler, *, gone_first: bool
) -> None:
    calendly_source.tell(calendly())
    gone, came = calendly_pair()
    calendly_source.tell(*((gone, came) if gone_first else (came, gone)))
    (row,) = people(company)
    (place,) = row["appointments"]
    assert (place["id"], place["attendeeId"]) == ("CCC", "DDD")
    assert (place["start"], place["isCancelled"]) == ("2034-01-16T08:00:00.000Z", False)
    assert row["tags"] == []


@pytest.mark.parametrize("asked", ["BBB", calendly_uri("AAA", "BBB")])
def test_a_contact_is_found_by_calendlys_invitee_and_by_its_whole_uri(
    company: Tenant, calendly_source: Scheduler, asked: str
) -> None:
    calendly_source.tell(calendly())
    answer = company.http.get("/crm/details", params={"attendeeId": asked})
    assert answer.status_code == 200, answer.text
    assert answer.json()["item"]["email"] == "customer@example.com"


def test_calendly_calls_off_marks_and_clears(company: Tenant, calendly_source: Scheduler) -> None:
    calendly_source.tell(calendly(), calendly_no_show())
    assert people(company)[0]["noShowCount"] == 1
    calendly_source.tell(calendly_no_show(marked=False, created_at="2034-01-15T11:00:00Z"))
    assert people(company)[0]["noShowCount"] == 0
    calendly_source.tell(calendly_cancelled())
    (place,) = people(company)[0]["appointments"]
    assert (place["isCancelled"], place["cancelReason"]) == (True, "ill")


def test_the_history_names_the_source_and_keeps_when_it_said_so(
    company: Tenant, calendly_source: Scheduler
) -> None:
    calendly_source.tell(calendly())
    (delivery,) = calendly_source.deliveries()
    created, linked = company.events()
    for event in (created, linked):
        assert (event["actor"], event["source"]) == (calendly_source.id, "calendly")
        assert event["request_id"] == delivery["id"]
    assert linked["data"]["said_at"] == "2034-01-10T15:30:00Z"


def test_a_second_booking_makes_recurring_and_overwrites_nothing(
    company: Tenant, calendly_source: Scheduler, calcom_source: Scheduler
) -> None:
    saved = company.create(email="customer@example.com", firstName="Johanna")
    calendly_source.tell(calendly())
    calcom_source.tell(calcom())
    (row,) = people(company)
    assert (row["id"], row["firstName"], row["tags"]) == (saved["id"], "Johanna", ["Recurring"])
