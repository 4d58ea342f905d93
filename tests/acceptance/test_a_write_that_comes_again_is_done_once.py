"""Idempotency-Key: the same call with the same key is answered as the first time, done once."""

import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import pytest

from tests.acceptance.conftest import BOOKING, Tenant, client_of, make_tenant, start, stop
from tests.acceptance.openapi_document import Document
from tests.acceptance.refusals import expect_refusal, nothing_recorded

ANNA = {"firstName": "Anna", "email": "anna@example.com"}
MEETING = {**BOOKING, "id": "appt-1", "attendees": [{"id": "att-1", "email": "anna@example.com"}]}
ROWS = {"contacts": [ANNA, {"phoneNumber": "0151 1"}, {"emial": "x"}, ANNA]}


def new_key() -> dict[str, str]:
    return {"Idempotency-Key": f'"{uuid4()}"'}


def erase(company: Tenant, contact_id: str) -> dict[str, int]:
    """Erase a contact and return what was cleared, by table."""
    answer = company.http.post(f"/crm/{contact_id}/erase", json={"reason": "subject_request"})
    return {one["table"]: one["count"] for one in answer.json()["cleared"]}


def replayed(answer: httpx2.Response) -> bool:
    return answer.headers.get("Idempotency-Replayed") == "true"


def assert_same(first: httpx2.Response, again: httpx2.Response) -> None:
    """Everything of the answer but what only this request can say of itself."""
    own = {"x-request-id", "date", "idempotency-replayed"}
    assert again.status_code == first.status_code, again.text
    assert again.content == first.content
    one, other = (
        {name: value for name, value in answer.headers.items() if name not in own}
        for answer in (first, again)
    )
    assert one == other
    assert not replayed(first)
    assert replayed(again)


def existing(company: Tenant) -> str:
    return str(company.create(email=f"{uuid4()}@example.com", tags=["Lead"])["id"])


def changed(company: Tenant) -> str:
    contact_id = existing(company)
    company.http.patch(f"/crm/{contact_id}", json={"notes": "x"})
    return contact_id


def deleted(company: Tenant) -> str:
    contact_id = existing(company)
    company.http.delete(f"/crm/{contact_id}")
    return contact_id


def booked(company: Tenant) -> str:
    company.book({"id": "att-1", "email": "ben@example.com"}, id="appt-2")
    return "appt-2"


Call = tuple[Callable[[Tenant], str], str, str, dict[str, Any] | None]

CALLS: dict[str, Call] = {
    "create_contact": (lambda _: "", "POST", "/crm", ANNA),
    "update_contact": (existing, "PATCH", "/crm/{}", {"notes": "new"}),
    "delete_contact": (existing, "DELETE", "/crm/{}", None),
    "restore_contact": (deleted, "POST", "/crm/{}/restore", None),
    "create_contacts": (lambda _: "", "POST", "/crm/bulk", ROWS),
    "delete_contacts": (
        lambda _: "",
        "POST",
        "/crm/bulk-delete",
        {"contactIds": [str(uuid4())]},
    ),
    "create_booking": (lambda _: "", "POST", "/crm/bookings", MEETING),
    "reschedule_booking": (
        booked,
        "POST",
        "/crm/bookings/{}/reschedule",
        {"start": "2999-01-15T09:00:00Z", "end": "2999-01-15T10:00:00Z", "newAppointmentId": "b"},
    ),
    "cancel_booking": (booked, "POST", "/crm/bookings/{}/cancel", {"reason": "Fell ill"}),
    "mark_no_show": (booked, "POST", "/crm/bookings/{}/no-show", {"attendeeId": "att-1"}),
    "clear_no_show": (booked, "DELETE", "/crm/bookings/{}/no-show", None),
    "submit_form": (existing, "POST", "/crm/{}/forms", {"answers": {"a": 1}}),
    "request_optin": (existing, "POST", "/crm/{}/optin", {"wording": "May we?"}),
    "withdraw_optin": (existing, "DELETE", "/crm/{}/optin", None),
    "undo_change": (changed, "POST", "/crm/{}/undo", {"version": 2}),
    "erase_contact": (existing, "POST", "/crm/{}/erase", {"reason": "mistake"}),
}


def document(company: Tenant) -> Document:
    return Document(company.http.get("/openapi.json").json())


def test_every_write_takes_a_key_and_is_tried_here(company: Tenant) -> None:
    with_key = {
        operation.id
        for operation in document(company).operations
        if "Idempotency-Key" in {p["name"] for p in document(company).parameters(operation)}
    }
    assert with_key == CALLS.keys()


@pytest.mark.parametrize("name", list(CALLS))
def test_the_same_call_again_gets_the_same_bytes_and_records_nothing(
    company: Tenant, name: str
) -> None:
    prepare, method, path, body = CALLS[name]
    key, target = new_key(), path.format(prepare(company))
    first = company.http.request(method, target, json=body, headers=key)
    assert first.is_success, first.text
    with nothing_recorded(company):
        assert_same(first, company.http.request(method, target, json=body, headers=key))


@pytest.mark.parametrize("name", list(CALLS))
def test_another_call_with_the_key_is_refused_and_does_nothing(company: Tenant, name: str) -> None:
    prepare, method, path, body = CALLS[name]
    key, target = new_key(), path.format(prepare(company))
    company.http.post("/crm", json={"email": "first@example.com"}, headers=key)
    with nothing_recorded(company):
        answer = company.http.request(method, target, json=body, headers=key)
    expect_refusal(answer, 422)
    assert answer.json()["code"] == "idempotency_key_reused"
    assert company.http.request(method, target, json=body).is_success


def test_thirty_at_once_with_one_key_make_one_contact_and_get_the_same_bytes(
    company: Tenant,
) -> None:
    key, phone_only = new_key(), {"phoneNumber": "0151 1"}

    def create(_: int) -> httpx2.Response:
        with client_of(company.running, company.key) as http:
            return http.post("/crm", json=phone_only, headers=key)

    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(create, range(30)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sorted(map(replayed, answers)) == [False] + [True] * 29
    assert [event["topic"] for event in company.events()] == ["contact.created"]


def test_two_lists_at_once_with_one_key_make_each_contact_once(company: Tenant) -> None:
    key = new_key()
    rows = {"contacts": [{"phoneNumber": f"0151 {number}"} for number in range(50)]}

    def create(_: int) -> httpx2.Response:
        with client_of(company.running, company.key) as http:
            return http.post("/crm/bulk", json=rows, headers=key)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(create, range(4)))
    assert len({answer.content for answer in answers}) == 1
    assert company.position() == 50


def test_a_longer_list_with_the_key_does_nothing(company: Tenant) -> None:
    key = new_key()
    company.http.post("/crm/bulk", json={"contacts": [ANNA]}, headers=key)
    longer = {"contacts": [ANNA, {"phoneNumber": "0151 1"}]}
    with nothing_recorded(company):
        expect_refusal(company.http.post("/crm/bulk", json=longer, headers=key), 422)


def test_the_query_belongs_to_the_call(company: Tenant) -> None:
    key = new_key()
    company.http.post("/crm", json=ANNA, headers=key)
    answer = company.http.post("/crm", json=ANNA, headers=key, params={"updateExisting": True})
    expect_refusal(answer, 422)


PHONE = {"phoneNumber": "0151 1"}


def send_and_lose_the_answer(company: Tenant, key: dict[str, str]) -> None:
    """Ask for a contact, and hang up when it is recorded without reading what is answered."""
    url, body = urlsplit(company.running.url), json.dumps(PHONE)
    head = (
        f"POST /crm HTTP/1.1\r\nHost: {url.netloc}\r\nAuthorization: Bearer {company.key}\r\n"
        f"Idempotency-Key: {key['Idempotency-Key']}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((url.hostname, url.port or 0)) as connection:
        connection.sendall(f"{head}{body}".encode())
        deadline = time.monotonic() + 10
        while company.position() == 0:
            assert time.monotonic() < deadline


def repeat(company: Tenant, key: dict[str, str]) -> httpx2.Response:
    headers = {**key, "Content-Type": "application/json"}
    return company.http.post("/crm", content=json.dumps(PHONE), headers=headers)


def test_a_caller_whose_answer_was_lost_gets_it_the_next_time(company: Tenant) -> None:
    key = new_key()
    send_and_lose_the_answer(company, key)
    again = repeat(company, key)
    assert again.status_code == 201
    assert replayed(again)
    assert [row["id"] for row in company.found()] == [again.json()["item"]["id"]]


def test_so_does_one_whose_service_was_killed_after_the_commit(
    database_url: str, tmp_path: Path
) -> None:
    key, killed = new_key(), start(database_url, tmp_path / "killed")
    company = make_tenant(killed)
    send_and_lose_the_answer(company, key)
    killed.process.kill()
    stop(killed)
    risen = start(database_url, tmp_path / "risen")
    with client_of(risen, company.key) as http:
        company = replace(company, running=risen, http=http)
        assert replayed(repeat(company, key))
        assert company.position() == 1
    stop(risen)


def test_the_key_of_another_company_is_another_key(
    company: Tenant, new_company: Callable[[], Tenant]
) -> None:
    key, other = new_key(), new_company()
    first = company.http.post("/crm", json=ANNA, headers=key)
    second = other.http.post("/crm", json=ANNA, headers=key)
    assert not replayed(second)
    assert first.json()["item"]["id"] != second.json()["item"]["id"]
    assert other.position() == 1


def test_another_api_key_of_the_company_may_repeat_the_call(company: Tenant) -> None:
    key = new_key()
    first = company.http.post("/crm", json=ANNA, headers=key)
    made = company.running.contacts("keys", "create", "--company", company.name, "--json")
    with client_of(company.running, made["key"]) as http:
        assert_same(first, http.post("/crm", json=ANNA, headers=key))


def test_the_key_may_stand_in_quotes_or_without(company: Tenant) -> None:
    first = company.http.post("/crm", json=ANNA, headers={"Idempotency-Key": '"abc-1"'})
    again = company.http.post("/crm", json=ANNA, headers={"Idempotency-Key": "abc-1"})
    assert_same(first, again)


@pytest.mark.parametrize("damaged", ["a b", '""', "x" * 256, '"x', '"a", "b"', b"\xc3\xa4"])
def test_a_damaged_key_is_refused_by_its_name(company: Tenant, damaged: Any) -> None:
    with nothing_recorded(company):
        answer = company.http.post("/crm", json=ANNA, headers={"Idempotency-Key": damaged})
    expect_refusal(answer, 400, "Idempotency-Key")


def test_a_refusal_is_no_answer_to_keep(company: Tenant) -> None:
    key, holder = new_key(), company.create(**ANNA)["id"]
    expect_refusal(company.http.post("/crm", json=ANNA, headers=key), 409)
    company.http.delete(f"/crm/{holder}")
    answer = company.http.post("/crm", json=ANNA, headers=key)
    assert answer.status_code == 201
    assert not replayed(answer)


def test_a_row_of_a_list_that_was_refused_stays_refused(company: Tenant) -> None:
    key, holder = new_key(), company.create(**ANNA)["id"]
    first = company.http.post("/crm/bulk", json=ROWS, headers=key)
    assert first.json()["results"][0]["status"] == "skipped"
    company.http.delete(f"/crm/{holder}")
    with nothing_recorded(company):
        assert_same(first, company.http.post("/crm/bulk", json=ROWS, headers=key))


def test_a_change_of_nothing_is_known_again_when_it_would_change_something(
    company: Tenant,
) -> None:
    key, contact_id = new_key(), company.create(**ANNA)["id"]
    path, same = f"/crm/{contact_id}", {"firstName": "Anna"}
    first = company.http.patch(path, json=same, headers=key)
    company.http.patch(path, json={"firstName": "Anne"})
    with nothing_recorded(company):
        assert_same(first, company.http.patch(path, json=same, headers=key))


def test_after_a_day_the_call_is_decided_anew(company: Tenant) -> None:
    key = new_key()
    company.http.post("/crm", json=PHONE, headers=key)
    age(company, "24 hours")
    again = company.http.post("/crm", json=PHONE, headers=key)
    assert not replayed(again)
    assert company.position() == 2
    assert_same(again, company.http.post("/crm", json=PHONE, headers=key))


def test_until_then_it_is_known(company: Tenant) -> None:
    key = new_key()
    first = company.http.post("/crm", json=ANNA, headers=key)
    age(company, "23 hours 59 minutes")
    assert_same(first, company.http.post("/crm", json=ANNA, headers=key))


def age(company: Tenant, by: str) -> None:
    company.running.database.execute(
        "UPDATE edge.receipt SET created_at = created_at - %s::interval WHERE company_id = %s",
        (by, company.id),
    )


def test_an_erasure_blanks_what_was_answered_and_keeps_the_key(company: Tenant) -> None:
    key, other, booking = new_key(), new_key(), new_key()
    contact_id = company.http.post("/crm", json=ANNA, headers=key).json()["item"]["id"]
    company.http.post("/crm/bookings", json=MEETING, headers=booking)
    kept = company.http.post("/crm", json={"email": "ben@example.com"}, headers=other)
    assert erase(company, contact_id)["edge.receipt"] == 2
    with nothing_recorded(company):
        for path, body, used in (("/crm", ANNA, key), ("/crm/bookings", MEETING, booking)):
            answer = company.http.post(path, json=body, headers=used)
            expect_refusal(answer, 410)
            assert answer.json()["code"] == "contact_erased"
        assert_same(
            kept, company.http.post("/crm", json={"email": "ben@example.com"}, headers=other)
        )
    query = "SELECT count(*) FROM edge.receipt WHERE company_id = %s AND strpos(answer, 'anna') > 0"
    assert company.running.database.execute(query, (company.id,)).fetchone() == (0,)


def test_a_row_of_a_list_that_was_erased_since_says_so(company: Tenant) -> None:
    key = new_key()
    first = company.http.post("/crm/bulk", json=ROWS, headers=key).json()["results"]
    erase(company, first[0]["id"])
    with nothing_recorded(company):
        again = company.http.post("/crm/bulk", json=ROWS, headers=key).json()["results"]
    assert [row["status"] for row in again] == ["failed", "created", "failed", "skipped"]
    assert "erased" in again[0]["errors"][0]["message"]
    assert again[1:] == first[1:]


def test_what_a_caller_writes_into_the_key_is_not_stored(company: Tenant) -> None:
    company.http.post("/crm", json=ANNA, headers={"Idempotency-Key": "anna@example.com"})
    query = "SELECT to_jsonb(receipt) - 'answer' FROM edge.receipt WHERE company_id = %s"
    row = company.running.database.execute(query, (company.id,)).fetchone()
    assert row is not None
    assert "anna" not in str(row)
    assert b"anna@example.com".hex() not in str(row)
