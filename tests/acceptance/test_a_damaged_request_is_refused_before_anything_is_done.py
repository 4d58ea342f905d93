"""Requests that are broken as a whole: bodies, sizes, types, methods, paths, headers."""

import json
from collections.abc import Iterator
from uuid import uuid4

import httpx2
import pytest

from tests.acceptance.conftest import Tenant, client
from tests.acceptance.refusals import expect_refusal, nothing_recorded

JSON = {"Content-Type": "application/json"}
SOME_ID = "550e8400-e29b-41d4-a716-446655440000"

NOT_JSON = {
    "empty": b"",
    "space": b"  ",
    "an array": b'[{"email": "a@example.com"}]',
    "a text": b'"a@example.com"',
    "a number": b"5",
    "null": b"null",
    "true": b"true",
    "cut off": b'{"email": "a@example.com"',
    "two objects": b'{"email": "a@example.com"}{}',
    "a comma too many": b'{"email": "a@example.com",}',
    "single quotes": b"{'email': 'a@example.com'}",
    "a form": b"email=a%40example.com",
    "invalid UTF-8": b'{"email": "a@example.com", "firstName": "\xff\xfe"}',
    "latin-1": '{"email": "a@example.com", "lastName": "Müller"}'.encode("latin-1"),
    "an overlong zero": b'{"email": "a@example.com", "lastName": "\xc0\x80"}',
    "an encoded surrogate": b'{"email": "a@example.com", "lastName": "\xed\xa0\x80"}',
    "a raw zero": b'{"email": "a@example.com", "lastName": "\0"}',
    "a raw line break": b'{"email": "a@example.com", "lastName": "a\nb"}',
    "50,000 levels of arrays": b"[" * 50_000,
    "50,000 closed levels": b"[" * 50_000 + b"]" * 50_000,
    "50,000 levels of objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "50,000 levels in a field": (
        b'{"email": "a@example.com", "additionalData": {"a": '
        + b"[" * 50_000
        + b"]" * 50_000
        + b"}}"
    ),
    "a number of 5,000 digits": (
        b'{"email": "a@example.com", "additionalData": {"a": ' + b"9" * 5_000 + b"}}"
    ),
    "a name twice": b'{"email": "a@example.com", "email": "b@example.com"}',
    "a name twice inside": b'{"email": "a@example.com", "additionalData": {"a": 1, "a": 2}}',
}
WRITES = (
    ("POST", "/crm"),
    ("PATCH", f"/crm/{SOME_ID}"),
    ("POST", f"/crm/{SOME_ID}/forms"),
    ("POST", "/crm/bookings"),
    ("POST", "/crm/bookings/appt-1/reschedule"),
)


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_a_body_that_is_no_json_object_is_refused(
    shared_company: Tenant, method: str, path: str, body: bytes
) -> None:
    with nothing_recorded(shared_company):
        answer = shared_company.http.request(method, path, content=body, headers=JSON)
    expect_refusal(answer, 400)
    assert answer.json()["errors"]


def test_a_name_that_no_answer_could_repeat_is_refused(shared_company: Tenant) -> None:
    for name in ("a\ud800", "a\0", "x" * 100_000, "a\nb"):
        body = json.dumps({"email": "a@example.com", name: 1})
        with nothing_recorded(shared_company):
            answer = shared_company.http.post("/crm", content=body, headers=JSON)
        expect_refusal(answer, 400)


def test_a_thousand_mistakes_do_not_make_a_long_answer(shared_company: Tenant) -> None:
    body = {"email": "a@example.com", **{f"field{number}": 1 for number in range(20_000)}}
    with nothing_recorded(shared_company):
        answer = shared_company.http.post("/crm", json=body)
    expect_refusal(answer, 400, "field0")


@pytest.mark.parametrize("name", ["body", "query", "path", "header"])
def test_an_unknown_field_is_named_whatever_it_is_called(shared_company: Tenant, name: str) -> None:
    with nothing_recorded(shared_company):
        answer = shared_company.http.post("/crm", json={"email": "a@example.com", name: 1})
    expect_refusal(answer, 400, name)


def pieces(size: int) -> Iterator[bytes]:
    """Give a body of this size without saying so in a header."""
    yield b'{"email": "large@example.com", "additionalData": {"a": "'
    for _ in range(size // 65_536):
        yield b"x" * 65_536
    yield b'"}}'


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_body_above_1_mb_is_refused_and_the_limit_named(
    shared_company: Tenant, method: str, path: str
) -> None:
    whole = b"".join(pieces(1_048_576))
    for body in (whole, pieces(1_048_576)):
        with nothing_recorded(shared_company):
            answer = shared_company.http.request(method, path, content=body, headers=JSON)
        expect_refusal(answer, 413)
        assert "1048576 bytes" in answer.json()["message"]


def test_a_body_far_above_1_mb_is_not_taken_in(shared_company: Tenant) -> None:
    with nothing_recorded(shared_company):
        try:
            answer = shared_company.http.post("/crm", content=pieces(50_000_000), headers=JSON)
        except (httpx2.WriteError, httpx2.RemoteProtocolError):
            pass  # the connection may be closed while the client is still sending
        else:
            expect_refusal(answer, 413)
    assert shared_company.http.get("/crm").status_code == 200


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/octet-stream",
        "json",
        "",
    ],
)
@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_body_that_is_not_sent_as_json_is_refused(
    shared_company: Tenant, method: str, path: str, kind: str
) -> None:
    body = json.dumps({"email": f"{uuid4().hex}@example.com"})
    headers = {"Content-Type": kind} if kind else {}
    with nothing_recorded(shared_company):
        answer = shared_company.http.request(method, path, content=body, headers=headers)
    expect_refusal(answer, 415)
    assert "application/json" in answer.json()["message"]


def test_json_may_say_that_it_is_utf_8(company: Tenant) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    body = '{"email": "a@example.com", "lastName": "Müller"}'.encode()
    answer = company.http.post("/crm", content=body, headers=headers)
    assert (answer.status_code, answer.json()["item"]["lastName"]) == (201, "Müller")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/crm"),
        ("PATCH", "/crm"),
        ("DELETE", "/crm"),
        ("PUT", f"/crm/{SOME_ID}"),
        ("POST", f"/crm/{SOME_ID}"),
        ("GET", f"/crm/{SOME_ID}/restore"),
        ("DELETE", "/v4/user/me"),
        ("POST", "/health/live"),
    ],
)
def test_a_method_that_a_path_does_not_have_is_refused(
    shared_company: Tenant, method: str, path: str
) -> None:
    with nothing_recorded(shared_company):
        answer = shared_company.http.request(method, path, json={"email": "a@example.com"})
    expect_refusal(answer, 405)


@pytest.mark.parametrize(
    "path", ["/", "/crm/", "/CRM", "/v4/crm/x/y", f"/crm/{SOME_ID}/x", "/favicon.ico", "/crm//"]
)
def test_a_path_that_is_not_there_is_answered_404(shared_company: Tenant, path: str) -> None:
    expect_refusal(shared_company.http.get(path), 404)


NO_UUIDS = (
    "acme",
    "550e8400",
    f"{SOME_ID}0",
    "g" * 36,
    "%00",
    "a%00b",
    "%ED%A0%80",
    "%FF",
    "..%2f",
)


@pytest.mark.parametrize("contact_id", NO_UUIDS)
def test_an_id_that_is_no_uuid_is_refused(shared_company: Tenant, contact_id: str) -> None:
    http = shared_company.http
    with nothing_recorded(shared_company):
        answers = [
            http.get(f"/crm/{contact_id}"),
            http.patch(f"/crm/{contact_id}", json={"notes": "x"}),
            http.delete(f"/crm/{contact_id}"),
            http.post(f"/crm/{contact_id}/restore"),
            http.get(f"/crm/details?contactId={contact_id}"),
        ]
    for answer in answers:
        if "%2f" in contact_id and answer.status_code == 404:
            continue  # an encoded slash makes it another path
        expect_refusal(answer, 400, "contactId")


@pytest.mark.parametrize(
    ("field", "query"),
    [
        ("limit", "limit=-1"),
        ("limit", "limit=0"),
        ("limit", "limit=-99999999999999999999"),
        ("limit", "limit=abc"),
        ("limit", "limit="),
        ("limit", "limit=1.5"),
        ("limit", "limit=%00"),
        ("limit", f"limit={'9' * 5_000}"),
        ("page", "page=0"),
        ("page", "page=-1"),
        ("page", "page=99999999999999999999"),
        ("page", "page=x"),
        ("page", "page=1e3"),
        ("sortBy", "sortBy=x"),
        ("sortBy", "sortBy=first_name"),
        ("sortBy", "sortBy="),
        ("sortBy", "sortBy=createdAt;--"),
        ("sortOrder", "sortOrder=x"),
        ("ownerId", "ownerId=x"),
        ("ownerId", "ownerId="),
        ("ownerId", "ownerId=%00"),
        ("searchTerm", "searchTerm=a%00b"),
        ("searchTerm", f"searchTerm={'x' * 1_001}"),
        ("tags.0", "tags=a%00b"),
        ("tags.1", f"tags=a&tags={'x' * 101}"),
        ("tags", "&".join(["tags=a"] * 101)),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(
    shared_company: Tenant, field: str, query: str
) -> None:
    expect_refusal(shared_company.http.get(f"/crm?{query}"), 400, field)


@pytest.mark.parametrize("query", ["searchTerm=%FF%FE", "searchTerm=%ED%A0%80", "tags=%FF", "x=1"])
def test_bytes_that_are_no_text_are_looked_for_and_not_found(
    shared_company: Tenant, query: str
) -> None:
    answer = shared_company.http.get(f"/crm?{query}")
    assert answer.status_code in {200, 400}


def test_a_limit_of_20_digits_is_clamped_as_any_large_one(shared_company: Tenant) -> None:
    answer = shared_company.http.get("/crm?limit=99999999999999999999")
    assert (answer.status_code, answer.json()["limit"]) == (200, 100)


@pytest.mark.parametrize(
    ("field", "query"),
    [
        ("contactId", ""),
        ("contactId", f"?contactId={SOME_ID}&attendeeId=a"),
        ("contactId", "?contactId="),
        ("attendeeId", "?attendeeId="),
        ("attendeeId", "?attendeeId=a%00b"),
        ("attendeeId", f"?attendeeId={'x' * 256}"),
    ],
)
def test_details_of_nobody_in_particular_are_refused(
    shared_company: Tenant, field: str, query: str
) -> None:
    expect_refusal(shared_company.http.get(f"/crm/details{query}"), 400, field)


def test_a_flag_that_is_neither_true_nor_false_is_refused(shared_company: Tenant) -> None:
    with nothing_recorded(shared_company):
        answer = shared_company.http.post("/crm?updateExisting=x", json={"email": "a@example.com"})
    expect_refusal(answer, 400, "updateExisting")


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"Bearer",
        b"Basic dXNlcjpwYXNz",
        b"Bearer ctk_",
        b"Bearer " + b"x" * 50_000,
        b"\xff\xfe",
        "Bearer ü".encode(),
        "Bearer ü".encode("latin-1"),
        b"Bearer a b c",
        b"'; DROP TABLE edge.api_key; --",
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_header_that_is_no_key_is_refused(shared_company: Tenant, value: bytes) -> None:
    for method, path in (("GET", "/crm"), *WRITES, ("GET", "/v4/user/me")):
        with client(shared_company.running.url) as http, nothing_recorded(shared_company):
            answer = http.request(
                method,
                path,
                headers=[(b"Authorization", value), (b"Content-Type", b"application/json")],
                content=b'{"email": "a@example.com"}' if method != "GET" else None,
            )
        expect_refusal(answer, 401)
        assert answer.json()["message"] in ("Missing authorization header", "Invalid API key")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("user", [b"a b", b"x" * 65, b"a@b", b"\xff", b"a/b", "ü".encode(), b"a,b"])
def test_an_acting_user_that_could_be_a_person_s_data_is_refused(
    shared_company: Tenant, user: bytes
) -> None:
    header = [(b"x-meetergo-api-user-id", user)]
    with nothing_recorded(shared_company):
        answer = shared_company.http.post("/crm", json={"email": "a@example.com"}, headers=header)
    expect_refusal(answer, 400, "x-meetergo-api-user-id")


def test_the_acting_user_is_recorded_with_the_key(company: Tenant) -> None:
    key_id = company.http.get("/v4/user/me").json()["id"]
    header = {"x-meetergo-api-user-id": "user-17"}
    assert company.http.post("/crm", json={"email": "a@example.com"}, headers=header).is_success
    assert company.create(email="b@example.com")
    assert [event["actor"] for event in company.events()] == [f"{key_id}/user-17", key_id]


def test_a_body_is_never_read_where_there_is_none(company: Tenant) -> None:
    """Published clients send the header, and some a damaged body, on GET and DELETE."""
    contact_id = company.create(email="a@example.com")["id"]
    for body in (b"", b"{", b"null"):
        for path in ("/crm", f"/crm/{contact_id}", f"/crm/details?contactId={contact_id}"):
            answer = company.http.request("GET", path, content=body, headers=JSON)
            assert answer.status_code == 200
        for _ in range(2):
            answer = company.http.request(
                "DELETE", f"/crm/{contact_id}", content=body, headers=JSON
            )
            assert answer.status_code == 204
        restored = company.http.post(f"/crm/{contact_id}/restore", content=body, headers=JSON)
        assert restored.status_code == 200
