"""Bodies whose fields are wrong: each is refused by the field's name, and nothing is recorded."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.acceptance.conftest import BOOKING, Tenant
from tests.acceptance.refusals import expect_refusal, nothing_recorded

JSON = {"Content-Type": "application/json"}
TEXTS = (
    "firstName",
    "lastName",
    "email",
    "phoneNumber",
    "notes",
    "language",
    "title",
    "employer",
    "seniority",
    "function",
    "location",
)
ADDRESS = ("line1", "line2", "line3", "city", "zip", "country")
NO_TEXTS: tuple[Any, ...] = (5, 1.5, True, [], {}, ["a"], {"a": "b"})


def nested(levels: int) -> dict[str, Any]:
    """Return objects in objects, so many levels of them."""
    data: dict[str, Any] = {}
    for _ in range(levels - 1):
        data = {"a": data}
    return data


def long(field: str) -> str:
    """Return a text one character longer than the field may be."""
    limits = {"notes": 65_537, "language": 9, "email": 0}
    if field == "email":
        return f"{'a' * 60}@{'.'.join(['b' * 60] * 5)}.example.com"
    return "x" * limits.get(field, 321)


WRONG = [
    *((name, {name: value}) for name in TEXTS for value in NO_TEXTS),
    *((name, {name: long(name)}) for name in TEXTS),
    *((name, {name: "a\0b@example.com"}) for name in TEXTS),
    *((name, {name: "a\ud800b@example.com"}) for name in TEXTS),
    *((name, {name: "\udfff"}) for name in TEXTS),
    *((f"address.{name}", {"address": {name: 5}}) for name in ADDRESS),
    *((f"address.{name}", {"address": {name: "x" * 321}}) for name in ADDRESS),
    *((f"address.{name}", {"address": {name: "a\0"}}) for name in ADDRESS),
    *((f"address.{name}", {"address": {name: "a\ud800"}}) for name in ADDRESS),
    ("address", {"address": "Berlin"}),
    ("address", {"address": ["Berlin"]}),
    ("address.street", {"address": {"street": "unknown"}}),
    ("address.postal_code", {"address": {"city": "Berlin", "postal_code": "10115"}}),
    ("tags", {"tags": "Lead"}),
    ("tags", {"tags": {"Lead": True}}),
    ("tags", {"tags": [f"tag {n}" for n in range(101)]}),
    ("tags.0", {"tags": [5]}),
    ("tags.0", {"tags": [None]}),
    ("tags.0", {"tags": [["Lead"]]}),
    ("tags.0", {"tags": [""]}),
    ("tags.0", {"tags": ["   "]}),
    ("tags.1", {"tags": ["Lead", "x" * 101]}),
    ("tags.1", {"tags": ["Lead", "a\0"]}),
    ("tags.1", {"tags": ["Lead", "a\udc00"]}),
    ("notes", {"notes": "é" * 32_769}),
    ("additionalData", {"additionalData": []}),
    ("additionalData", {"additionalData": "x"}),
    ("additionalData", {"additionalData": 5}),
    ("additionalData", {"additionalData": {"a": "x" * 65_536}}),
    ("additionalData", {"additionalData": nested(21)}),
    ("additionalData", {"additionalData": {"a": [nested(19)]}}),
    ("additionalData", {"additionalData": nested(500)}),
    ("additionalData", {"additionalData": {"a\0": 1}}),
    ("additionalData", {"additionalData": {"a": "b\0"}}),
    ("additionalData", {"additionalData": {"a": [{"b": {"c\0": 1}}]}}),
    ("additionalData", {"additionalData": {"a": [["b\0"]]}}),
    ("additionalData", {"additionalData": {"a\ud800": 1}}),
    ("additionalData", {"additionalData": {"a": "b\udfff"}}),
    ("additionalData", {"additionalData": {"a": {"b": ["c\ud800"]}}}),
    ("additionalData", {"additionalData": {"a": {"b\ud800": 1}}}),
    ("crmCompanyId", {"crmCompanyId": "acme"}),
    ("crmCompanyId", {"crmCompanyId": 5}),
    ("crmCompanyId", {"crmCompanyId": "a\0"}),
    ("crmCompanyId", {"crmCompanyId": "a\ud800"}),
    ("accountOwnerId", {"accountOwnerId": "550e8400-e29b-41d4-a716-44665544000"}),
    ("accountOwnerId", {"accountOwnerId": []}),
    ("email", {"email": "anna"}),
    ("email", {"email": "@example.com"}),
    ("email", {"email": "anna@"}),
    ("email", {"email": "anna@example..com"}),
    ("email", {"email": "anna@@example.com"}),
    ("email", {"email": "anna miller@example.com"}),
    ("email", {"email": "anna@example.com\nbcc: x@example.com"}),
    ("email", {"email": "Anna <anna@example.com>"}),
    ("email", {"email": "a@example.com, b@example.com"}),
    ("email", {"email": "anna@-example.com"}),
    ("firstname", {"firstname": "Anna"}),
    ("first_name", {"first_name": "Anna"}),
    ("phone", {"phone": "+49 30 901820"}),
    ("body", {"": 1}),
    ("tag\0", {"tag\0": 1}),
    ("tag", {"tag": nested(500)}),
]


def label(case: object) -> str:
    """Name a case by what is sent."""
    return json.dumps(case)[:60] if isinstance(case, dict) else str(case)


@pytest.mark.parametrize(("field", "sent"), WRONG, ids=label)
def test_a_contact_is_not_created(shared_company: Tenant, field: str, sent: dict[str, Any]) -> None:
    body = json.dumps({"email": f"{uuid4().hex}@example.com", **sent})
    with nothing_recorded(shared_company):
        answer = shared_company.http.post("/crm", content=body, headers=JSON)
    expect_refusal(answer, 400, field)


@pytest.fixture(scope="module")
def contact_id(shared_company: Tenant) -> str:
    """A contact that stays as it is."""
    return str(shared_company.create(email="unchanged@example.com")["id"])


@pytest.mark.parametrize(("field", "sent"), WRONG, ids=label)
def test_a_contact_is_not_changed(
    shared_company: Tenant, contact_id: str, field: str, sent: dict[str, Any]
) -> None:
    with nothing_recorded(shared_company):
        answer = shared_company.http.patch(
            f"/crm/{contact_id}", content=json.dumps(sent), headers=JSON
        )
    expect_refusal(answer, 400, field)


ATTENDEE = {"email": "guest@example.com"}
WRONG_BOOKINGS = [
    ("id", {"id": None}),
    ("id", {"id": ""}),
    ("id", {"id": 5}),
    ("id", {"id": "x" * 256}),
    ("id", {"id": "a\0"}),
    ("id", {"id": "a\ud800"}),
    ("start", {"start": None}),
    ("start", {"start": "tomorrow"}),
    ("start", {"start": 1_700_000_000}),
    ("start", {"start": "1700000000"}),
    ("start", {"start": "2024-01-15T09:00:00"}),
    ("start", {"start": "2024-13-15T09:00:00Z"}),
    ("start", {"start": "0001-01-01T00:00:00+14:00"}),
    ("start", {"start": "0000-01-01T00:00:00Z"}),
    ("start", {"start": "a\0"}),
    ("end", {"end": "9999-12-31T23:59:59-14:00"}),
    ("end", {"end": True}),
    ("end", {"end": "+292277026596-12-04T15:30:08Z"}),
    ("end", {"end": "2024-01-15T08:59:59+01:00"}),
    ("timezone", {"timezone": "x" * 321}),
    ("timezone", {"timezone": "a\0"}),
    ("meetingType", {"meetingType": "Discovery Call"}),
    ("meetingType.id", {"meetingType": {"id": "a\0"}}),
    ("meetingType.name", {"meetingType": {"name": "a\ud800"}}),
    ("meetingType.slug", {"meetingType": {"slug": "discovery"}}),
    ("hosts", {"hosts": {}}),
    ("hosts", {"hosts": [{"id": "h"}] * 101}),
    ("hosts.0.id", {"hosts": [{}]}),
    ("hosts.0.id", {"hosts": [{"id": "x" * 256}]}),
    ("hosts.0.email", {"hosts": [{"id": "h", "email": "a\0"}]}),
    ("hosts.0.name", {"hosts": [{"id": "h", "name": "a\ud800"}]}),
    ("channel", {"channel": "a\0"}),
    ("channel", {"channel": 5}),
    ("meetingLink", {"meetingLink": "a\0"}),
    ("meetingLink", {"meetingLink": "a\ud800"}),
    ("meetingLink", {"meetingLink": "x" * 2_001}),
    ("attendees", {"attendees": []}),
    ("attendees", {"attendees": None}),
    ("attendees", {"attendees": [ATTENDEE] * 101}),
    ("attendees.0", {"attendees": ["guest@example.com"]}),
    ("attendees.0.id", {"attendees": [{**ATTENDEE, "id": "x" * 256}]}),
    ("attendees.0.id", {"attendees": [{**ATTENDEE, "id": "a\0"}]}),
    ("attendees.0.firstName", {"attendees": [{**ATTENDEE, "firstName": "a\0"}]}),
    ("attendees.0.firstname", {"attendees": [{**ATTENDEE, "firstname": "Jane"}]}),
    ("attendees.0.language", {"attendees": [{**ATTENDEE, "language": "x" * 9}]}),
    ("attendees.0.email", {"attendees": [{"email": "guest"}]}),
    ("attendees.1.email", {"attendees": [ATTENDEE, {"email": "guest"}]}),
    ("attendees.1", {"attendees": [ATTENDEE, {"firstName": "Jane"}]}),
    ("attendees.0.additionalData", {"attendees": [{**ATTENDEE, "additionalData": {"a": "\0"}}]}),
    ("attendees.0.additionalData", {"attendees": [{**ATTENDEE, "additionalData": nested(21)}]}),
    ("secret", {"secret": "token"}),
]


@pytest.mark.parametrize(("field", "sent"), WRONG_BOOKINGS, ids=label)
def test_a_meeting_is_not_booked(shared_company: Tenant, field: str, sent: dict[str, Any]) -> None:
    booking = json.dumps({**BOOKING, "id": "appt-1", "attendees": [ATTENDEE], **sent})
    with nothing_recorded(shared_company):
        answer = shared_company.http.post("/crm/bookings", content=booking, headers=JSON)
    expect_refusal(answer, 400, field)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400"])
@pytest.mark.parametrize("place", ['"a": %s', '"a": [[%s]]', '"a": {"b": [{"c": %s}]}'])
def test_what_is_no_number_is_refused(shared_company: Tenant, number: str, place: str) -> None:
    data = place % number
    body = f'{{"email": "nan@example.com", "additionalData": {{{data}}}}}'
    with nothing_recorded(shared_company):
        answer = shared_company.http.post("/crm", content=body, headers=JSON)
    expect_refusal(answer, 400)
    assert answer.json()["errors"][0]["field"] in ("additionalData", "body")


@pytest.mark.parametrize("body", [{}, {"firstName": "Anna"}, {"email": None}, {"phoneNumber": " "}])
def test_a_contact_whom_nobody_could_reach_is_refused(
    shared_company: Tenant, body: dict[str, Any]
) -> None:
    with nothing_recorded(shared_company):
        answer = shared_company.http.post("/crm", json=body)
    expect_refusal(answer, 400, "email", "phoneNumber")
    assert answer.json()["message"] == "Validation failed"


def test_what_is_just_within_the_limits_is_taken(company: Tenant) -> None:
    item = company.create(
        email="limits@example.com",
        firstName="x" * 320,
        notes="é" * 32_768,
        tags=[f"{number:03}{'x' * 97}" for number in range(100)],
        additionalData={"deep": nested(19), "wide": "x" * 65_000},
        language="de-DE-19",
        location="😀" * 320,
    )
    assert len(item["tags"]) == 100
    assert len(item["notes"].encode()) == 65_536
    assert item["additionalData"]["deep"] == nested(19)
