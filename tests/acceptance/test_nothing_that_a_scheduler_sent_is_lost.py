"""A webhook is checked, then stored, then interpreted; what is not done at once is kept."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx2
import pytest

from tests.acceptance.conftest import Tenant
from tests.acceptance.intake import Scheduler, connect, parsed, people
from tests.acceptance.refusals import expect_refusal, nothing_recorded
from tests.acceptance.test_parallel_writes_leave_one_contact_and_a_whole_history import at_once
from tests.intake_payloads import (
    Json,
    calcom,
    calcom_attendee,
    calcom_moved,
    calcom_no_show,
    calendly,
    calendly_cancelled,
    calendly_no_show,
    meetergo_attendee,
    meetergo_booking,
    raw,
    signed_calcom,
    signed_calendly,
)
from tests.scale import FULL

LOOK_UPS = 1_000 if FULL else 50
UID = "bFJeNb2uX8ANpT3JL5EfXw"
KINDS = ["meetergo", "calcom", "calendly"]


@pytest.fixture
def source(company: Tenant) -> Callable[..., Scheduler]:
    return partial(connect, company)


# -- what is checked first -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_token_is_refused_and_nothing_is_stored(
    source: Callable[..., Scheduler], kind: str
) -> None:
    scheduler = source(kind)
    for path in (
        f"/intake/{kind}/cth_unknown",
        f"/intake/another/{scheduler.url.rpartition('/')[2]}",
        scheduler.path.replace(kind, KINDS[KINDS.index(kind) - 1]),
        scheduler.path + "x",
    ):
        answer = scheduler.company.http.post(path, json={})
        expect_refusal(answer, 404)
        assert answer.json()["code"] == "intake_not_found"
    assert scheduler.deliveries() == []


def wrong_signatures(secret: str, body: bytes) -> dict[str, list[dict[str, str]]]:
    now = datetime.now(UTC)
    right = signed_calendly(secret, body, now)
    return {
        "calcom": [
            {},
            {"x-cal-signature-256": ""},
            {"x-cal-signature-256": "no-secret-provided"},
            signed_calcom("another", body),
            signed_calcom(secret, body + b" "),
            {"x-cal-signature-256": signed_calcom(secret, body)["x-cal-signature-256"].upper()},
        ],
        "calendly": [
            {},
            {"calendly-webhook-signature": "t=,v1="},
            signed_calendly("another", body, now),
            signed_calendly(secret, body + b" ", now),
            signed_calendly(secret, body, now - timedelta(minutes=4)),
            {name: value.replace("t=", "t=1") for name, value in right.items()},
        ],
    }


@pytest.mark.parametrize("kind", ["calcom", "calendly"])
def test_a_wrong_or_missing_signature_is_refused_and_nothing_is_stored(
    source: Callable[..., Scheduler], kind: str
) -> None:
    scheduler = source(kind, "--secret", "a secret of ours")
    assert scheduler.secret == "a secret of ours"
    body = raw(calcom() if kind == "calcom" else calendly())
    with nothing_recorded(scheduler.company):
        for headers in wrong_signatures("a secret of ours", body)[kind]:
            answer = scheduler.post(body, headers)
            expect_refusal(answer, 401)
            assert answer.json()["code"] == "wrong_signature"
        assert scheduler.deliveries() == []
    assert scheduler.post(body).status_code == 200


def test_a_body_above_one_megabyte_is_refused_and_one_of_100_kb_is_taken(
    source: Callable[..., Scheduler],
) -> None:
    scheduler = source("calcom")
    expect_refusal(scheduler.send(calcom(description="x" * 1_048_576)), 413)
    assert scheduler.deliveries() == []
    scheduler.tell(calcom(description="x" * 102_400))
    (delivery,) = scheduler.deliveries()
    assert len(delivery["body"]) > 102_400


def test_calcom_without_a_secret_must_be_asked_for(source: Callable[..., Scheduler]) -> None:
    scheduler = source("calcom", "--unsigned")
    assert scheduler.secret is None
    answer = scheduler.post(raw(calcom()), {"x-cal-signature-256": "no-secret-provided"})
    assert answer.status_code == 200


def test_no_token_and_no_person_gets_into_the_log_of_the_service(
    company: Tenant, source: Callable[..., Scheduler]
) -> None:
    scheduler = source("calcom")
    token = scheduler.path.rpartition("/")[2]
    scheduler.tell(calcom())
    scheduler.post(b"{}", {})
    company.http.get(scheduler.path)
    company.http.post(scheduler.path + "/further")
    last = company.http.post("/health/live").headers["x-request-id"]
    log = company.running.log(until=last)
    assert "/intake/{source}/{token}" in log
    assert token not in log
    assert "customer@example.com" not in log


# -- stored before interpreted -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (calcom(attendees=[calcom_attendee(email=None)], responses={}), "no attendee has"),
        (calcom(uid=None), "uid"),
        (calcom(startTime="soon"), "startTime"),
        (calcom("BOOKING_EATEN"), "triggerEvent"),
        ({"something": "else"}, "triggerEvent"),
    ],
)
def test_what_cannot_be_understood_is_kept_with_its_reason(
    source: Callable[..., Scheduler], payload: Json, reason: str
) -> None:
    scheduler = source("calcom")
    with nothing_recorded(scheduler.company):
        answer = scheduler.send(payload)
    assert (answer.status_code, answer.json()["state"]) == (202, "rejected")
    assert reason in answer.json()["reason"]
    (delivery,) = scheduler.deliveries()
    assert parsed(delivery["body"]) == payload
    (listed,) = scheduler.company.running.contacts(
        "intake", "rejected", "--company", scheduler.company.name, "--json"
    )
    assert listed["id"] == answer.json()["deliveryId"] == delivery["id"]
    assert (listed["state"], listed["reason"]) == ("rejected", answer.json()["reason"])
    assert listed["attempts"] == 1
    table = scheduler.company.running.contacts(
        "intake", "rejected", "--company", scheduler.company.name
    )
    assert "rejected" in table


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 5_000, b"null"])
def test_a_body_that_is_no_webhook_is_kept_too(
    source: Callable[..., Scheduler], body: bytes
) -> None:
    scheduler = source("calcom")
    answer = scheduler.post(body)
    assert (answer.status_code, answer.json()["state"]) == (202, "rejected")
    query = "SELECT body FROM edge.delivery WHERE source_id = %s"
    assert scheduler.company.running.database.execute(query, (scheduler.id,)).fetchone() == (body,)


def test_a_delivery_that_nobody_has_interpreted_is_taken_up_again(
    source: Callable[..., Scheduler],
) -> None:
    scheduler = source("calcom")
    scheduler.send(calcom(uid=None))
    edit(scheduler, "body = %s, state = 'received'", raw(calcom()))
    assert replay(scheduler) == {"done": 1, "waiting": 0, "rejected": 0}
    assert [row["email"] for row in people(scheduler.company)] == ["customer@example.com"]
    assert replay(scheduler) == {"done": 0, "waiting": 0, "rejected": 0}


def test_one_delivery_can_be_tried_again_by_its_id(source: Callable[..., Scheduler]) -> None:
    scheduler = source("calcom")
    ids = [scheduler.send(calcom(uid=None, title=title)).json()["deliveryId"] for title in "ab"]
    assert replay(scheduler, ids[0]) == {"done": 0, "waiting": 0, "rejected": 1}
    assert [delivery["attempts"] for delivery in scheduler.deliveries()] == [2, 1]


def test_meetergos_secret_is_never_stored(source: Callable[..., Scheduler]) -> None:
    scheduler = source("meetergo")
    for second_generation in (False, True):
        scheduler.tell(meetergo_booking(second_generation=second_generation))
    bodies = [delivery["body"] for delivery in scheduler.deliveries()]
    assert len(bodies) == 2
    assert "secret-token-xyz" not in "".join(bodies)


def edit(scheduler: Scheduler, change: str, *values: object) -> None:
    """Turn back time, or undo what happened, behind the service."""
    query = f"UPDATE edge.delivery SET {change} WHERE source_id = %s"
    scheduler.company.running.database.execute(query.encode(), (*values, scheduler.id))


def replay(scheduler: Scheduler, *ids: str) -> dict[str, int]:
    command = ("intake", "replay", *ids, "--company", scheduler.company.name, "--json")
    counts: dict[str, int] = scheduler.company.running.contacts(*command)
    return counts


# -- too early -----------------------------------------------------------------------------------


def test_what_comes_before_its_booking_waits_and_is_done_with_it(
    source: Callable[..., Scheduler],
) -> None:
    scheduler = source("calendly")
    for early in (calendly_no_show(), calendly_cancelled()):
        answer = scheduler.send(early)
        assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
        assert answer.json()["reason"] == "appointment_not_found"
    assert people(scheduler.company) == []
    scheduler.tell(calendly())
    (row,) = people(scheduler.company)
    (place,) = row["appointments"]
    assert (place["isCancelled"], row["noShowCount"]) == (True, 0)
    assert [delivery["state"] for delivery in scheduler.deliveries()] == ["done"] * 3
    events = scheduler.company.events()
    assert len({event["request_id"] for event in events}) == 1, "not in one request"


def test_a_booking_of_ones_own_scheduler_is_waited_for_as_well(
    company: Tenant, source: Callable[..., Scheduler]
) -> None:
    scheduler = source("calcom")
    assert scheduler.send(calcom_no_show(customer=True)).status_code == 202
    (row,) = company.book({"id": "a", "email": "customer@example.com"}, id=UID)
    assert row["item"]["noShowCount"] == 1
    assert scheduler.deliveries()[0]["state"] == "done"


def test_what_waits_and_cannot_be_done_holds_up_no_booking(
    company: Tenant, source: Callable[..., Scheduler]
) -> None:
    scheduler = source("calcom")
    scheduler.send(calcom_no_show(customer=True, stranger=True))
    scheduler.tell(calcom(attendees=[calcom_attendee(), calcom_attendee(email="b@example.com")]))
    assert {row["noShowCount"] for row in people(company)} == {0}
    assert [one["state"] for one in scheduler.deliveries()] == ["waiting", "done"]


def test_calcoms_move_before_its_booking_is_one_booking_in_either_order(
    new_company: Callable[..., Tenant],
) -> None:
    shown = []
    for order in ([calcom(), calcom_moved()], [calcom_moved(), calcom()]):
        scheduler = connect(new_company(), "calcom")
        scheduler.tell(*order)
        (row,) = people(scheduler.company)
        (place,) = row["appointments"]
        place.pop("attendeeId")
        shown.append((row["tags"], row["additionalData"], place))
    assert shown[0] == shown[1]


# -- twice, and at once --------------------------------------------------------------------------


def test_the_same_body_within_ten_minutes_is_one_delivery(
    source: Callable[..., Scheduler],
) -> None:
    scheduler = source("calcom")
    first = scheduler.send(calcom()).json()
    assert scheduler.send(calcom()).json() == first
    assert len(scheduler.deliveries()) == 1
    edit(scheduler, "received_at = received_at - interval '11 minutes'")
    with nothing_recorded(scheduler.company):
        assert scheduler.send(calcom()).json()["deliveryId"] != first["deliveryId"]
    assert len(scheduler.deliveries()) == 2


def test_one_delivery_30_times_at_once_is_one_booking(
    company: Tenant, source: Callable[..., Scheduler]
) -> None:
    scheduler = source("calcom")
    answers = at_once([partial(scheduler.send, calcom())] * 30)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["deliveryId"] for answer in answers}) == 1
    (row,) = people(company)
    assert len(row["appointments"]) == 1
    assert company.position() == 2
    assert len(scheduler.deliveries()) == 1


def test_30_bookings_of_one_new_address_at_once_make_one_contact(
    company: Tenant, source: Callable[..., Scheduler]
) -> None:
    schedulers = [source(kind) for kind in KINDS]

    def send(number: int) -> httpx2.Response:
        body: list[Json] = [
            meetergo_booking(id=f"b-{number}", attendees=[meetergo_attendee(id=f"a-{number}")]),
            calcom(uid=f"b-{number}"),
            calendly(place=(f"b-{number}", f"a-{number}")),
        ]
        return schedulers[number % 3].send(body[number % 3])

    answers = at_once([partial(send, number) for number in range(30)])
    assert {answer.status_code for answer in answers} == {200}
    (row,) = people(company)
    assert {place["id"] for place in row["appointments"]} == {f"b-{n}" for n in range(30)}
    assert len(row["appointments"]) == 30


@pytest.mark.scaled
def test_the_contact_is_found_by_the_attendee_as_soon_as_the_webhook_is_answered(
    company: Tenant, source: Callable[..., Scheduler]
) -> None:
    scheduler = source("calendly")

    def book_and_look(number: int) -> httpx2.Response:
        place = (f"b-{number}", f"a-{number}")
        scheduler.tell(calendly(place=place, email=f"guest{number}@example.com"))
        return company.http.get("/crm/details", params={"attendeeId": f"a-{number}"})

    for first in range(0, LOOK_UPS, 10):
        answers = at_once([partial(book_and_look, first + number) for number in range(10)])
        assert [answer.status_code for answer in answers] == [200] * 10


# -- access --------------------------------------------------------------------------------------


def test_a_disabled_source_sends_no_more(company: Tenant, source: Callable[..., Scheduler]) -> None:
    scheduler = source("calcom")
    company.running.contacts("intake", "disable", scheduler.id, "--company", company.name)
    expect_refusal(scheduler.send(calcom()), 404)
    (listed,) = company.running.contacts("intake", "list", "--company", company.name, "--json")
    assert (listed["id"], listed["source"], listed["signed"]) == (scheduler.id, "calcom", True)
    assert listed["disabledAt"] is not None
    assert "calcom" in company.running.contacts("intake", "list", "--company", company.name)


def test_after_a_rotation_only_the_new_url_and_secret_work(
    company: Tenant, source: Callable[..., Scheduler]
) -> None:
    old = source("calcom")
    command = ("intake", "rotate", old.id, "--company", company.name, "--json")
    fresh = company.running.contacts(*command)
    new = Scheduler(company, fresh["id"], "calcom", fresh["url"], fresh["secret"])
    assert (new.id, new.url != old.url, new.secret != old.secret) == (old.id, True, True)
    expect_refusal(old.send(calcom()), 404)
    expect_refusal(new.post(raw(calcom()), signed_calcom(old.secret or "", raw(calcom()))), 401)
    new.tell(calcom())


def test_only_digests_of_tokens_are_stored(
    company: Tenant, source: Callable[..., Scheduler]
) -> None:
    token = source("meetergo").path.rpartition("/")[2]
    assert token.startswith("cth_")
    query = "SELECT string_agg(s::text, '') FROM edge.intake_source s"
    row = company.running.database.execute(query).fetchone()
    assert row is not None
    assert token not in row[0]


def test_another_company_sees_nothing_of_it(
    source: Callable[..., Scheduler], new_company: Callable[..., Tenant]
) -> None:
    scheduler, other = source("calcom"), new_company()
    scheduler.tell(calcom())
    scheduler.send(calcom(uid=None))
    assert people(other) == []
    for command in ("list", "rejected"):
        assert other.running.contacts("intake", command, "--company", other.name, "--json") == []
    assert replay(connect(other, "meetergo")) == {"done": 0, "waiting": 0, "rejected": 0}
