"""API keys: scopes, revocation, expiry, and what is no key."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from tests.acceptance.conftest import BOOKING, Tenant, client, client_of
from tests.acceptance.refusals import expect_refusal, nothing_recorded

Call = Callable[[httpx2.Client, str], httpx2.Response]
BOOKED = {**BOOKING, "id": "appt-1", "attendees": [{"email": "guest@example.com"}]}
FORM: dict[str, Any] = {"answers": {"How was it?": "Good"}}

READS: dict[str, Call] = {
    "list": lambda http, _: http.get("/crm"),
    "read": lambda http, contact_id: http.get(f"/crm/{contact_id}"),
    "details": lambda http, contact_id: http.get(f"/crm/details?contactId={contact_id}"),
}
WRITES: dict[str, Call] = {
    "create": lambda http, _: http.post("/crm", json={"email": "new@example.com"}),
    "change": lambda http, contact_id: http.patch(f"/crm/{contact_id}", json={"notes": "x"}),
    "book": lambda http, _: http.post("/crm/bookings", json=BOOKED),
    "move": lambda http, _: http.post("/crm/bookings/appt-1/reschedule", json=BOOKING),
    "mark": lambda http, _: http.post("/crm/bookings/appt-1/no-show"),
    "clear": lambda http, _: http.delete("/crm/bookings/appt-1/no-show"),
    "cancel": lambda http, _: http.post("/crm/bookings/appt-1/cancel"),
    "submit": lambda http, contact_id: http.post(f"/crm/{contact_id}/forms", json=FORM),
    "ask": lambda http, contact_id: http.post(f"/crm/{contact_id}/optin", json={"wording": "?"}),
    "withdraw": lambda http, contact_id: http.delete(f"/crm/{contact_id}/optin"),
    "delete": lambda http, contact_id: http.delete(f"/crm/{contact_id}"),
    "restore": lambda http, contact_id: http.post(f"/crm/{contact_id}/restore"),
}


def new_key(company: Tenant, *options: str) -> dict[str, Any]:
    made: dict[str, Any] = company.running.contacts(
        "keys", "create", "--company", company.id, "--json", *options
    )
    return made


def within(seconds: float, answer: Callable[[], httpx2.Response], status: int) -> httpx2.Response:
    """Ask again and again until the status is answered."""
    deadline = time.monotonic() + seconds
    while (last := answer()).status_code != status:
        assert time.monotonic() < deadline, last.text
        time.sleep(0.02)
    return last


def who_am_i(http: httpx2.Client, _: str) -> httpx2.Response:
    return http.get("/v4/user/me")


def test_a_key_for_reading_cannot_write(company: Tenant) -> None:
    contact_id = company.create(email="a@example.com")["id"]
    key = new_key(company, "--scopes", "contacts:read")["key"]
    with client_of(company.running, key) as http, nothing_recorded(company):
        for read in READS.values():
            assert read(http, contact_id).status_code == 200
        for write in WRITES.values():
            refused = write(http, contact_id)
            expect_refusal(refused, 403)
            assert refused.json()["code"] == "missing_scope"


def test_a_key_for_writing_can_read(company: Tenant) -> None:
    contact_id = company.create(email="a@example.com")["id"]
    key = new_key(company, "--scopes", "contacts:write")["key"]
    with client_of(company.running, key) as http:
        for call in (*READS.values(), *WRITES.values()):
            assert call(http, contact_id).is_success


@pytest.mark.parametrize("scope", ["audit", "contacts:erase"])
def test_a_key_for_something_else_can_only_say_who_it_is(company: Tenant, scope: str) -> None:
    contact_id = company.create(email="a@example.com")["id"]
    made = new_key(company, "--scopes", scope)
    with client_of(company.running, made["key"]) as http, nothing_recorded(company):
        for call in (*READS.values(), *WRITES.values()):
            expect_refusal(call(http, contact_id), 403)
        assert http.get("/v4/user/me").json()["id"] == made["id"]


def test_a_revoked_key_opens_nothing_two_seconds_later(company: Tenant) -> None:
    made = new_key(company)
    with client_of(company.running, made["key"]) as http:
        assert http.get("/crm").status_code == 200
        company.running.contacts("keys", "revoke", made["id"], "--company", company.id)
        refused = within(3, lambda: http.get("/crm"), 401)
        expect_refusal(refused, 401)
        assert refused.json()["message"] == "Invalid API key"
        with nothing_recorded(company):
            assert http.post("/crm", json={"email": "a@example.com"}).status_code == 401
    assert company.http.get("/crm").status_code == 200


def test_a_key_opens_nothing_once_its_time_is_over(company: Tenant) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    key = new_key(company, "--expires", soon)["key"]
    with client_of(company.running, key) as http:
        refused = within(3, lambda: http.get("/crm"), 401)
    expect_refusal(refused, 401)
    assert refused.json()["message"] == "API key has expired"
    assert datetime.now(UTC) >= datetime.fromisoformat(soon)


def test_a_key_that_expires_works_until_then(company: Tenant) -> None:
    key = new_key(company, "--expires", "90d")["key"]
    with client_of(company.running, key) as http:
        assert http.get("/crm").status_code == 200


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "Missing authorization header"),
        ({"Authorization": ""}, "Missing authorization header"),
        ({"Authorization": f"Bearer ctk_{'x' * 43}"}, "Invalid API key"),
        ({"X-Api-Key": "something"}, "Missing authorization header"),
    ],
)
def test_who_brings_no_key_is_told_so_in_meetergo_s_words(
    company: Tenant, headers: dict[str, str], message: str
) -> None:
    with client(company.running.url) as http:
        http.headers.update(headers)
        for call in (*READS.values(), *WRITES.values(), who_am_i):
            with nothing_recorded(company):
                answer = call(http, company.id)
            expect_refusal(answer, 401)
            assert answer.json()["message"] == message
            assert answer.json()["error"] == "Unauthorized"


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER  {}", "{}"])
def test_a_key_is_taken_in_any_form(company: Tenant, form: str) -> None:
    with client(company.running.url, form.format(company.key)) as http:
        assert http.get("/crm").status_code == 200


def test_a_key_changed_by_one_letter_is_no_key(company: Tenant) -> None:
    for wrong in (company.key[:-1], company.key + "x", company.key.swapcase()):
        with client_of(company.running, wrong) as http:
            assert http.get("/crm").status_code == 401
