"""Texts that would be commands elsewhere: SQL, headers, formulas, log lines, paths, patterns."""

import csv
import io
import json
import re
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.acceptance.conftest import BOOKING, Tenant, client
from tests.acceptance.intake import connect
from tests.acceptance.openapi_document import Document
from tests.acceptance.optin_links import asked, visit
from tests.acceptance.refusals import expect_refusal

SQL = (
    "'; DROP TABLE edge.company; --",
    "' OR '1'='1",
    "\\'; SELECT pg_sleep(9); --",
    "%s %(company)s {0} {company_id}",
    "$1 $$ $body$",
    "a') UNION SELECT state::text FROM log.event --",
    "/* */ \x1a \u2028 \u0085",
)
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0")
BREAK = "x\r\nX-Injected: yes\r\n\r\n<html>"
MARK = "MARKEDBYTHETEST"
SOON = 3.0
"""Seconds. What a pattern gone wrong takes is hours."""

TEXTS = ("firstName", "lastName", "notes", "title", "employer", "seniority", "function", "location")


@pytest.mark.parametrize("text", SQL)
def test_sql_is_kept_and_found_to_the_letter(shared_company: Tenant, text: str) -> None:
    fields = dict.fromkeys(TEXTS, text)
    made = shared_company.create(
        **fields, phoneNumber=text, tags=[text], additionalData={text: text}
    )
    assert {name: made[name] for name in TEXTS} == fields
    assert made["additionalData"] == {text: text}
    for query in ({"tags": text}, {"searchTerm": text, "tags": text}):
        assert [row["id"] for row in shared_company.found(**query)] == [made["id"]]
    booked = shared_company.book({"id": text, "phoneNumber": "+49 30 901820"}, id=text)
    details = shared_company.http.get("/crm/details", params={"attendeeId": text}).json()
    assert details["item"]["id"] == booked[0]["id"]
    for query in ({"types": text}, {"after": text}):
        assert shared_company.http.get("/events", params=query).status_code in {200, 400}


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_table_is_a_formula(company: Tenant, text: str) -> None:
    fields = dict.fromkeys(TEXTS, text)
    company.create(**fields, phoneNumber=text, tags=[text], address={"line1": text, "city": text})
    file = f'email,notes\r\n"{text}@@x.test",x\r\n'
    sent = company.http.post("/crm/imports", files={"file": ("list.csv", file)}).json()
    errors = f"/crm/imports/{sent['id']}/errors"
    tables = [company.http.get("/crm/export").text, once_there(company, errors)]
    for table in tables:
        rows = list(csv.reader(io.StringIO(table.removeprefix("\ufeff"))))
        assert len(rows) == 2
        assert not [cell for cell in rows[1] if re.match(r"[=+\-@\t\r]", cell)]


def once_there(company: Tenant, path: str) -> str:
    """Ask for the errors of an import until there is one."""
    deadline = time.monotonic() + 20
    while (text := company.http.get(path).text).count("\n") < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return text


def test_a_line_break_makes_no_header(company: Tenant) -> None:
    made = company.create(email="a@example.com", tags=[BREAK])
    for number in range(2):
        company.create(email=f"{number}@example.com", tags=[BREAK])
    answers = [
        company.http.get("/crm", params={"searchTerm": BREAK, "limit": 1}),
        company.http.get("/crm", params={"tags": BREAK, "limit": 1}),
        company.http.get("/crm/export", params={"tags": BREAK, "format": "csv"}),
        company.http.get("/crm/details", params={"attendeeId": BREAK}),
        company.http.post("/crm", json={"email": "new@example.com", "firstName": BREAK}),
        company.http.patch(f"/crm/{made['id']}", json={"employer": BREAK}),
        company.http.get(f"/crm/{made['id']}/explain/%0d%0aX-Injected:%20yes"),
        company.http.get("/%0d%0aX-Injected:%20yes"),
    ]
    assert "rel=" in answers[1].headers["link"]
    for answer in answers:
        assert "x-injected" not in answer.headers
        assert not [value for value in answer.headers.values() if "\n" in value]


def test_nothing_that_a_caller_sends_gets_into_the_log(company: Tenant) -> None:
    text = f"{MARK}\nlevel=error event=forged"
    quoted = "%0Alevel=error%20event=forged"
    company.create(email=f"{MARK}@example.com", notes=text)
    with client(company.running.url) as nobody:
        nobody.get(f"/{MARK}{quoted}", headers={"User-Agent": MARK, "Referer": MARK})
        nobody.get("/crm", headers={"Authorization": f"Bearer {MARK}"})
        nobody.post(f"/intake/{MARK}/{MARK}{quoted}", content=MARK)
        nobody.request(MARK, "/crm")
        last = nobody.get("/v4/user/me").headers["x-request-id"]
    company.http.get("/crm", params={"searchTerm": text, "tags": text})
    company.http.post("/crm", content=MARK.encode(), headers={"Content-Type": "application/json"})
    company.http.post("/crm/imports", files={"file": (f"{MARK}.csv", f"{MARK}\n{MARK}")})
    logged = company.running.log(last)
    assert MARK not in logged
    assert "forged" not in logged
    assert all(line.startswith("timestamp=") for line in logged.splitlines())


NAMES = ("../../../etc/passwd", "/etc/passwd", "..\\..\\x", "a\0b", "x" * 5_000, "", "C:\\x", "~/x")


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_the_name_of_a_file_means_nothing(shared_company: Tenant, name: str) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="'
        + name.encode()
        + b'"\r\nContent-Type: text/csv\r\n\r\nemail\r\nq@@\r\n--x--\r\n'
    )
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = shared_company.http.post("/crm/imports", content=body, headers=kind)
    assert answer.status_code in {202, 400, 409}
    assert not name or name not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/docs/..%2f..%2fpyproject.toml",
        "/docs/%2e%2e/%2e%2e/pyproject.toml",
        "/docs/swagger-ui.css/../../../api/app.py",
        "/docs/....//app.py",
        "/docs/%2fetc%2fpasswd",
        "/docs/swagger-ui.css%00.html",
        "/intake/..%2f..%2fapi/x",
        "/optin/..%2f..%2fetc%2fpasswd",
    ],
)
def test_no_path_leads_to_a_file(shared_company: Tenant, path: str) -> None:
    url = urlsplit(shared_company.running.url)
    with socket.create_connection((url.hostname, url.port), timeout=10) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: line.recv(65_536), b""))
    assert re.match(rb"HTTP/1.1 40[045]", answer)
    assert b"root:" not in answer
    assert b"import " not in answer


DEEP = b"[" * 100_000 + b"]" * 100_000


def test_nothing_nested_without_end_is_followed(company: Tenant) -> None:
    scheduler = connect(company, "meetergo")
    delivery = b'{"event": "booking_created", "data": ' + DEEP + b"}"
    assert scheduler.post(delivery).status_code == 202
    for kind, body in (
        ("l.jsonl", b'{"email": "a@example.com", "notes": ' + DEEP + b"}\n"),
        ("l.vcf", b"BEGIN:VCARD\r\n" * 20_000),
        ("l.csv", b'"' * 200_001 + b"," * 100_000),
    ):
        sent = company.http.post("/crm/imports", files={"file": (kind, body)})
        assert sent.status_code in {202, 400}, sent.text[:200]
    bulk = b'{"contacts": [{"email": "b@example.com", "additionalData": {"a": ' + DEEP + b"}}]}"
    json_kind = {"Content-Type": "application/json"}
    expect_refusal(company.http.post("/crm/bulk", content=bulk, headers=json_kind), 400)
    assert company.http.get("/crm").json()["total"] == 0


SLOW: tuple[dict[str, Any], ...] = (
    {"email": "a" * 300 + "@"},
    {"email": "a." * 150 + "@x.test"},
    {"email": "a@" + "a-" * 120 + "!"},
    {"email": "a@" + "a." * 150},
    {"email": '"' + '\\"' * 150},
    {"phoneNumber": "+" + "1 " * 155},
    {"phoneNumber": "1" * 310 + "x"},
    {"phoneNumber": "((((" * 70 + "1"},
    {"phoneNumber": "ext" * 100 + "1"},
    {"email": "a@example.com", "notes": " " * 65_000 + "x"},
    {"email": "a@example.com", "additionalData": {"a" * 60_000: "="}},
)


@pytest.mark.parametrize("fields", SLOW, ids=range(len(SLOW)))
def test_no_field_keeps_a_pattern_busy(shared_company: Tenant, fields: dict[str, Any]) -> None:
    began = time.monotonic()
    assert shared_company.http.post("/crm", json=fields).status_code in {201, 400, 409}
    assert time.monotonic() - began < SOON


WORDS = ("a " * 500, "ab " * 333, "ü" * 1_000, "%_" * 500, "1-" * 500, "a" * 1_000, " " * 1_000)


@pytest.mark.parametrize("term", WORDS, ids=range(len(WORDS)))
def test_a_search_for_anything_is_answered_soon(shared_company: Tenant, term: str) -> None:
    began = time.monotonic()
    answer = shared_company.http.get("/crm", params={"searchTerm": term[:1_000]})
    assert answer.status_code == 200
    assert time.monotonic() - began < SOON


def test_five_thousand_words_are_refused_at_once(shared_company: Tenant) -> None:
    began = time.monotonic()
    answer = shared_company.http.get("/crm", params={"searchTerm": "word " * 5_000})
    expect_refusal(answer, 400, "searchTerm")
    assert time.monotonic() - began < SOON


EVIL = "evil.example"
FORGED = {
    "Host": EVIL,
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Proto": EVIL,
    "Forwarded": f"host={EVIL}",
    "X-Original-URL": f"//{EVIL}",
    "Origin": f"http://{EVIL}",
    "Referer": f"http://{EVIL}/",
}


def test_no_link_leads_to_the_host_that_a_header_names(company: Tenant) -> None:
    made = [company.create(email=f"{n}@example.com")["id"] for n in range(2)]
    named = {"contactId": made[0], "importId": made[0], "name": "Optin"}
    with client(company.running.url) as http:
        document = Document(http.get("/openapi.json").json())
        answers = [http.get(path, headers=FORGED) for path in ("/docs", "/openapi.json", "/crm/")]
    company.http.headers.update(FORGED)
    answers += [
        company.http.request(operation.method, operation.path.format(**named))
        for operation in document.operations
        if operation.method == "GET" and not operation.path.startswith("/health")
    ]
    answers += [
        company.http.get("/crm", params={"limit": 1}),
        company.http.post("/crm", json={"email": "new@example.com"}),
        company.http.post(f"/crm/{made[0]}/optin", json={"wording": "May we?"}),
    ]
    assert answers[-3].headers["link"].startswith("</crm?")
    assert answers[-2].headers["location"].startswith("/crm/")
    assert answers[-1].json()["link"].startswith(company.running.url)
    for answer in answers:
        assert EVIL not in answer.text
        assert not [value for value in answer.headers.values() if EVIL in value]


def test_a_link_with_anything_added_is_no_link(company: Tenant) -> None:
    """What is no sign of a link would be skipped when it is read, and be repeated on the page."""
    contact_id = company.create(email="anna@example.com")["id"]
    link = asked(company, contact_id)["link"]
    for more in ("%22%3E%3Cb%3Eyes", "%3Cscript%3E", "!!!!", "====", "%20%20%20%20"):
        page = visit(link + more, "POST")
        assert page.status_code == 404
        assert "<b>yes" not in page.text
    assert visit(link, "POST").status_code == 200


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A host on this machine that would notice a call."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.5)
        yield listener


def test_no_address_that_a_caller_names_is_called(company: Tenant, listener: socket.socket) -> None:
    url = "http://{}:{}/".format(*listener.getsockname())
    made = company.create(email="a@example.com", notes=url, additionalData={"avatar": url})
    company.book(
        {"email": "a@example.com"},
        meetingLink=url,
        hosts=[{"id": "h", "email": "h@example.com", "name": url}],
    )
    company.http.post(f"/crm/{made['id']}/forms", json={"id": url, "answers": {"site": url}})
    for kind in ("meetergo", "calendly"):
        payload = {"uri": url, "scheduled_event": {"uri": url, **BOOKING}, "email": "a@example.com"}
        connect(company, kind).send({"event": "invitee.created", "payload": payload, "data": {}})
    company.http.get("/crm/details", params={"attendeeId": url})
    lines = ("BEGIN:VCARD", "FN:A", "EMAIL:c@x.test", f"PHOTO;VALUE=uri:{url}", "END:VCARD")
    card = "\r\n".join(lines)
    company.http.post("/crm/imports", files={"file": ("list.vcf", card)})
    with pytest.raises(TimeoutError):
        listener.accept()


def test_a_key_is_only_ever_looked_up_by_its_digest(company: Tenant) -> None:
    """So that the time of an answer tells nothing: no part of a key is compared with another."""
    stored = company.running.database.execute(
        "SELECT to_jsonb(k)::text FROM edge.api_key k WHERE company_id = %s", (company.id,)
    ).fetchall()
    assert company.key not in json.dumps(stored)
    for wrong in (company.key[:-1], company.key[:-1] + "_", company.key.upper(), company.key[::-1]):
        with client(company.running.url, f"Bearer {wrong}") as http:
            expect_refusal(http.get("/crm"), 401)
