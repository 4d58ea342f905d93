"""Every field that a booking can bring: filled where it is missing, else kept as it was saved."""

from typing import Any
from uuid import uuid4

import pytest

from tests.acceptance.conftest import Tenant

OWNER, HOST = str(uuid4()), str(uuid4())

FIELDS: dict[str, tuple[Any, Any]] = {
    "firstName": ("Anna", "Hanna"),
    "lastName": ("Müller", "Miller"),
    "email": ("Anna@Example.com", "anna@example.COM"),
    "phoneNumber": ("+4930901820", "+4930901821"),
    "language": ("de", "en"),
    "additionalData": ({"Role": "CTO", "Size": None}, {"Role": "CEO", "Team": [1, {"a": None}]}),
    "accountOwnerId": (OWNER, HOST),
}
"""What is saved, and what a booking brings instead."""

ANSWERS = {"text": "CTO", "blank": "", "number": 0, "truth": False, "list": [], "object": {}}
"""Values that are there, although some of them look like nothing."""


def book(company: Tenant, brought: dict[str, Any]) -> dict[str, Any]:
    """Book somebody in who brings these fields; an owner comes as host."""
    attendee = {"email": "anna@example.com", **brought}
    host = attendee.pop("accountOwnerId", None)
    (row,) = company.book(attendee, hosts=[{"id": host}] if host else [])
    return row


def test_the_fields_below_are_all_that_a_booking_can_bring(company: Tenant) -> None:
    schemas = company.http.get("/openapi.json").json()["components"]["schemas"]
    brought = schemas["AttendeeFields"]["properties"].keys() - {"id"}
    assert brought | {"accountOwnerId"} == FIELDS.keys()


@pytest.mark.parametrize("name", [name for name in FIELDS if name != "additionalData"])
def test_what_somebody_saved_stays(company: Tenant, name: str) -> None:
    saved, brought = FIELDS[name]
    contact = company.create(**{"email": "anna@example.com", name: saved})
    row = book(company, {name: brought})
    assert (row["id"], row[name]) == (contact["id"], saved)
    assert company.read(contact["id"])["item"][name] == saved
    topics = [event["topic"] for event in company.events()]
    assert topics == ["contact.created", "contact.booking_linked"]


@pytest.mark.parametrize("name", ["firstName", "lastName", "phoneNumber", "language"])
def test_what_somebody_cleared_or_never_gave_is_filled(company: Tenant, name: str) -> None:
    saved, brought = FIELDS[name]
    contact = company.create(email="anna@example.com", **{name: saved})
    company.http.patch(f"/crm/{contact['id']}", json={name: None})
    assert book(company, {name: brought})[name] == brought
    assert book(company, {name: saved})[name] == brought  # which is now what is there


def test_an_owner_that_somebody_took_away_comes_with_the_first_meeting(company: Tenant) -> None:
    contact = company.create(email="anna@example.com", accountOwnerId=OWNER)
    company.http.patch(f"/crm/{contact['id']}", json={"accountOwnerId": None})
    assert book(company, {"accountOwnerId": HOST})["accountOwnerId"] == HOST
    assert book(company, {"accountOwnerId": OWNER})["accountOwnerId"] == HOST


def test_fields_are_filled_where_a_number_tells_who_it_is(company: Tenant) -> None:
    contact = company.create(phoneNumber="+4930901820", lastName="Müller")
    attendee = {"phoneNumber": "030 901820", "firstName": "Anna", "lastName": "Miller"}
    (row,) = company.book(attendee)
    assert row["id"] == contact["id"]
    assert (row["firstName"], row["lastName"]) == ("Anna", "Müller")


@pytest.mark.parametrize("key", ANSWERS)
def test_an_answer_that_is_there_stays_whatever_it_is(company: Tenant, key: str) -> None:
    saved = {key: ANSWERS[key]}
    company.create(email="anna@example.com", additionalData=saved)
    row = book(company, {"additionalData": {key: "other", "new": 1}})
    assert row["additionalData"] == {**saved, "new": 1}


def test_answers_are_filled_key_by_key(company: Tenant) -> None:
    saved, brought = FIELDS["additionalData"]
    company.create(email="anna@example.com", additionalData=saved)
    row = book(company, {"additionalData": brought})
    assert row["additionalData"] == {"Role": "CTO", "Team": [1, {"a": None}]}


def test_nothing_that_becomes_of_a_meeting_changes_a_field(company: Tenant) -> None:
    fields = {name: saved for name, (saved, _) in FIELDS.items()}
    contact = company.create(tags=["Lead"], notes="VIP", **fields)
    company.book({"email": "anna@example.com"}, id="appt-1", hosts=[{"id": HOST}])
    times = {"start": "2030-01-16T14:00:00+01:00", "end": "2030-01-16T14:30:00+01:00"}
    company.tell("appt-1", "reschedule", **times)
    company.tell("appt-1", "no-show")
    company.tell("appt-1", "cancel", reason="Fell ill")
    after = company.read(contact["id"])["item"]
    assert {**after, "updatedAt": None} == {**contact, "updatedAt": None}
