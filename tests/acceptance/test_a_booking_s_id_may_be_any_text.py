"""Schedulers name bookings as they like, and every name fits into a path, percent-encoded."""

import pytest

from tests.acceptance.conftest import Tenant
from tests.acceptance.refusals import expect_refusal

IDS = [
    "4711",
    "https://api.scheduler.example/scheduled_events/AAAA?x=1&y=%2F#top",
    "/",
    "//",
    "a/cancel",
    "cancel",
    "no-show/no-show",
    "b/reschedule/",
    "Termin mit Frau Müller 🙂",
    "予約-1",
    "تعيين",
    "100%",
    "%2F",
    "a+b c;d,e",
    "..;/",
    "line\nbreak\r\n\t",
    " ",
    "x" * 255,
    "ü" * 255,
]


@pytest.mark.parametrize("appointment_id", IDS, ids=ascii)
def test_whatever_a_booking_is_called_it_can_be_spoken_of(
    shared_company: Tenant, appointment_id: str
) -> None:
    company = shared_company
    company.book({"email": f"{IDS.index(appointment_id)}@example.com"}, id=appointment_id)
    times = {"start": "2999-01-16T14:00:00+01:00", "end": "2999-01-16T14:30:00+01:00"}
    rows = [
        company.tell(appointment_id, "reschedule", **times),
        company.tell(appointment_id, "no-show"),
        company.tell(appointment_id, "cancel"),
    ]
    (place,) = rows[2][0]["appointments"]
    assert [len(one) for one in rows] == [1, 1, 1]
    assert [row[0]["noShowCount"] for row in rows] == [0, 1, 0]
    assert (place["id"], place["start"]) == (appointment_id, "2999-01-16T13:00:00.000Z")
    assert place["isCancelled"]


@pytest.mark.parametrize("path", ["", "x" * 256, "a%00b"], ids=["none", "too long", "U+0000"])
def test_what_no_booking_can_be_called_is_refused(shared_company: Tenant, path: str) -> None:
    answer = shared_company.http.post(f"/crm/bookings/{path}/cancel")
    expect_refusal(answer, 400, "appointmentId")
