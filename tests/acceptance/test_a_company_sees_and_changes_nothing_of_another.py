"""Two companies on one service: whatever one asks for by an id of the other is not there."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.acceptance.conftest import BOOKING, Tenant
from tests.acceptance.refusals import expect_refusal, nothing_recorded

MISTAKE = {"reason": "mistake"}


@pytest.fixture
def other(new_company: Callable[..., Tenant]) -> Tenant:
    """A second company."""
    return new_company()


@pytest.fixture
def anna(other: Tenant) -> dict[str, Any]:
    """A contact of the other company, with a meeting."""
    attendee = {
        "id": "att-1",
        "firstName": "Anna",
        "email": "anna@example.com",
        "phoneNumber": "+49 30 901820",
    }
    other.book(attendee, id="appt-1")
    (row,) = other.found()
    return row


CALLS: dict[str, Callable[[httpx2.Client, str], httpx2.Response]] = {
    "read": lambda http, contact_id: http.get(f"/crm/{contact_id}"),
    "details": lambda http, contact_id: http.get(f"/crm/details?contactId={contact_id}"),
    "by attendee": lambda http, _: http.get("/crm/details?attendeeId=att-1"),
    "change": lambda http, contact_id: http.patch(f"/crm/{contact_id}", json={"notes": "mine"}),
    "change nothing": lambda http, contact_id: http.patch(f"/crm/{contact_id}", json={}),
    "ask": lambda http, contact_id: http.post(f"/crm/{contact_id}/optin", json={"wording": "?"}),
    "withdraw": lambda http, contact_id: http.delete(f"/crm/{contact_id}/optin"),
    "delete": lambda http, contact_id: http.delete(f"/crm/{contact_id}"),
    "restore": lambda http, contact_id: http.post(f"/crm/{contact_id}/restore"),
    "erase": lambda http, contact_id: http.post(f"/crm/{contact_id}/erase", json=MISTAKE),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_contact_of_another_company_is_answered_as_one_that_never_was(
    company: Tenant,
    other: Tenant,
    anna: dict[str, Any],
    call: Callable[[httpx2.Client, str], httpx2.Response],
) -> None:
    with nothing_recorded(company), nothing_recorded(other):
        answer = call(company.http, anna["id"])
    expect_refusal(answer, 404)
    assert answer.json() == call(company.http, str(uuid4())).json()
    assert other.read(anna["id"])["item"] == anna["item"]


def test_lists_and_searches_show_only_one_s_own(
    company: Tenant, other: Tenant, anna: dict[str, Any]
) -> None:
    owner = str(uuid4())
    other.http.patch(f"/crm/{anna['id']}", json={"tags": ["Lead"], "accountOwnerId": owner})
    mine = company.create(email="mine@example.com")
    assert [row["id"] for row in company.found()] == [mine["id"]]
    for query in (
        {"searchTerm": "anna"},
        {"searchTerm": "901820"},
        {"tags": "Lead"},
        {"ownerId": owner},
    ):
        assert company.found(**query) == []
        assert len(other.found(**query)) == 1


def test_an_address_of_another_company_is_free(
    company: Tenant, other: Tenant, anna: dict[str, Any]
) -> None:
    with nothing_recorded(other):
        created = company.create(email="Anna@example.com")
        again = company.http.post("/crm?updateExisting=true", json={"email": "anna@example.com"})
    assert created["id"] != anna["id"]
    assert (again.status_code, again.json()["item"]["id"]) == (200, created["id"])


@pytest.mark.parametrize(
    "attendee", [{"email": "anna@example.com"}, {"phoneNumber": "+49 30 901820"}]
)
def test_a_booking_for_another_company_s_contact_makes_one_s_own(
    company: Tenant, other: Tenant, anna: dict[str, Any], attendee: dict[str, str]
) -> None:
    with nothing_recorded(other):
        (made,) = company.book({"id": "att-1", **attendee}, id="appt-1")
    assert made["id"] != anna["id"]
    assert made["firstName"] is None
    found = [
        tenant.http.get("/crm/details?attendeeId=att-1").json()["item"]["id"]
        for tenant in (company, other)
    ]
    assert found == [made["id"], anna["id"]]


def test_a_body_cannot_choose_the_company(company: Tenant, other: Tenant) -> None:
    with nothing_recorded(other):
        answers = [
            company.http.post("/crm", json={"email": "a@example.com", "companyId": other.id}),
            company.http.post(f"/crm?companyId={other.id}", json={"email": "a@example.com"}),
            company.http.post(
                "/crm/bookings",
                json={**BOOKING, "id": "a", "attendees": [], "companyId": other.id},
            ),
        ]
    assert [answer.status_code for answer in answers] == [400, 201, 400]
    assert other.found() == []
