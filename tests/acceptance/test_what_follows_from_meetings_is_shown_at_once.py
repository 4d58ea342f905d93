"""Recurring, no-shows and the next appointment: in answers, details and searches alike."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.acceptance.conftest import Tenant

ANNA = {"email": "anna@example.com"}
BERLIN_WINTER, BERLIN_SUMMER = timezone(timedelta(hours=1)), timezone(timedelta(hours=2))
LOS_ANGELES, KIRITIMATI = timezone(timedelta(hours=-8)), timezone(timedelta(hours=14))


def times(start: datetime) -> dict[str, str]:
    return {"start": start.isoformat(), "end": (start + timedelta(minutes=30)).isoformat()}


def in_days(days: int, hours: int = 0) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=days, hours=hours)


def seen(company: Tenant, row: dict[str, Any], name: str) -> Any:
    """Return a field of an answer, which details and searches must show as well."""
    details = company.read(row["id"])
    (listed,) = company.found(searchTerm="anna@example.com")
    shown = [{**details["item"], **details}[name], listed[name], {**row, **row["item"]}[name]]
    assert all(one == row[name] for one in shown)
    return row[name]


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


# -- recurring -----------------------------------------------------------------------------------


def test_the_second_meeting_makes_a_contact_recurring_for_good(company: Tenant) -> None:
    (row,) = company.book(ANNA, id="appt-1")
    assert seen(company, row, "tags") == []
    assert company.found(tags="Recurring") == []
    (row,) = company.book(ANNA, id="appt-2")
    assert seen(company, row, "tags") == ["Recurring"]
    for appointment_id in ("appt-1", "appt-2"):
        (row,) = company.tell(appointment_id, "cancel")
        assert seen(company, row, "tags") == ["Recurring"]
        assert company.found(tags="Recurring")[0]["id"] == row["id"]


def test_a_moved_meeting_is_no_second_one(company: Tenant) -> None:
    company.book(ANNA, id="appt-1")
    company.tell("appt-1", "reschedule", **times(in_days(1)))
    company.tell("appt-1", "reschedule", newAppointmentId="appt-2", **times(in_days(2)))
    (row,) = company.book({"id": "a second place in it", **ANNA}, id="appt-2")
    assert seen(company, row, "tags") == []
    assert len(seen(company, row, "appointments")) == 2
    (row,) = company.book(ANNA, id="appt-3")
    assert seen(company, row, "tags") == ["Recurring"]


# -- no-shows ------------------------------------------------------------------------------------


def test_no_shows_are_counted_and_counted_back(company: Tenant) -> None:
    for number in (1, 2):
        company.book(ANNA, id=f"appt-{number}")
    counts = []
    for method, number in (("POST", 1), ("POST", 1), ("POST", 2), ("DELETE", 1), ("POST", 1)):
        answer = company.http.request(method, f"/crm/bookings/appt-{number}/no-show")
        counts.append(seen(company, answer.json()["result"][0], "noShowCount"))
    assert counts == [1, 1, 2, 1, 2]
    (row,) = company.tell("appt-2", "cancel")
    assert seen(company, row, "noShowCount") == 1
    (row,) = company.tell("appt-1", "reschedule", newAppointmentId="appt-9", **times(in_days(-1)))
    assert seen(company, row, "noShowCount") == 1
    answer = company.http.delete("/crm/bookings/appt-9/no-show")
    assert seen(company, answer.json()["result"][0], "noShowCount") == 0


# -- the next appointment ------------------------------------------------------------------------


def test_the_next_appointment_follows_every_change(company: Tenant) -> None:
    first, second, third = in_days(1), in_days(2), in_days(3)
    company.book(ANNA, id="appt-1", **times(first))
    (row,) = company.book(ANNA, id="appt-2", **times(second))
    assert seen(company, row, "nextAppointmentIso") == instant(first)
    (row,) = company.tell("appt-1", "reschedule", **times(third))
    assert seen(company, row, "nextAppointmentIso") == instant(second)
    (row,) = company.tell("appt-2", "cancel")
    assert seen(company, row, "nextAppointmentIso") == instant(third)
    (row,) = company.tell("appt-1", "reschedule", **times(in_days(-1)))
    assert seen(company, row, "nextAppointmentIso") is None


def test_a_meeting_that_runs_is_not_to_come(company: Tenant) -> None:
    start = in_days(0, hours=-1)
    end = start + timedelta(hours=2)
    (row,) = company.book(ANNA, start=start.isoformat(), end=end.isoformat())
    assert seen(company, row, "nextAppointmentIso") is None


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        # by the clock on the wall, each pair is the other way round or the same
        (datetime(2999, 7, 1, 9, 0, tzinfo=KIRITIMATI), datetime(2999, 7, 1, 8, 0, tzinfo=UTC)),
        (datetime(2999, 7, 2, 0, 5, tzinfo=UTC), datetime(2999, 7, 1, 17, 0, tzinfo=LOS_ANGELES)),
        # the night in which clocks go back has the hour from two to three twice
        (
            datetime(2999, 10, 27, 2, 45, tzinfo=BERLIN_SUMMER),
            datetime(2999, 10, 27, 2, 15, tzinfo=BERLIN_WINTER),
        ),
        # in the one in which they go forward, 3:10 in summer time is ten minutes after 2:00
        (
            datetime(2999, 3, 31, 1, 55, tzinfo=BERLIN_WINTER),
            datetime(2999, 3, 31, 3, 10, tzinfo=BERLIN_SUMMER),
        ),
    ],
)
def test_the_earlier_moment_is_next_whatever_the_clocks_say(
    company: Tenant, earlier: datetime, later: datetime
) -> None:
    company.book(ANNA, id="appt-1", timezone="Europe/Berlin", **times(later))
    (row,) = company.book(ANNA, id="appt-2", timezone="Pacific/Kiritimati", **times(earlier))
    assert seen(company, row, "nextAppointmentIso") == instant(earlier)
    assert [place["id"] for place in row["appointments"]] == ["appt-2", "appt-1"]
    (row,) = company.tell("appt-2", "cancel")
    assert seen(company, row, "nextAppointmentIso") == instant(later)
