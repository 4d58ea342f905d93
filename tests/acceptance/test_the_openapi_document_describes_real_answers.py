"""What the service answers is what its OpenAPI document promises, to the field and the header."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.acceptance.conftest import Running, Tenant, client, client_of
from tests.acceptance.intake import connect
from tests.acceptance.openapi_document import Document, Operation
from tests.integration.embedded_servers import eventually

JSON = {"Content-Type": "application/json"}
NOBODY = str(uuid4())
NAMED = {
    "source": "calcom",
    "token": "cth_unknown",
    "contactId": NOBODY,
    "appointmentId": "appt-0",
    "importId": NOBODY,
    "name": "Optin",
}
"""What stands in paths; neither exists."""

NOT_PROVOKED = {"408", "429", "503"}
"""The tests of slow callers, of limits and of a lost database see them."""

SENT_AFTER: dict[str, dict[str, Any]] = {
    "erase_contact": {"reason": "mistake"},
    "request_optin": {"wording": "May we?"},
    "submit_form": {"answers": {}},
    "undo_change": {"version": 1},
    "update_contact": {"notes": "x"},
}
"""What is sent to a contact that is erased."""

SENT_AGAIN: dict[str, dict[str, Any]] = {
    "create_contact": {"email": "c@x.test"},
    "create_contacts": {"contacts": [{"email": "c@x.test"}]},
    "delete_contacts": {"contactIds": [NOBODY]},
    "create_booking": {
        "id": "appt-3",
        "start": "2999-01-15T09:00:00Z",
        "end": "2999-01-15T10:00:00Z",
        "attendees": [{"email": "c@x.test"}],
    },
    "reschedule_booking": {"start": "2999-01-15T09:00:00Z", "end": "2999-01-15T10:00:00Z"},
    "undo_change": {"version": 2},
}
"""What is sent with a key that was used before."""


class Witness:
    """Compares every answer with the document and remembers which ones there were."""

    def __init__(self, running: Running) -> None:
        """Read the document."""
        with client(running.url) as http:
            self.document = Document(http.get("/openapi.json").json())
        self.seen: set[tuple[str, int]] = set()

    def watch(self, http: httpx2.Client) -> httpx2.Client:
        """Compare whatever this client is answered."""

        def hear(answer: httpx2.Response) -> None:
            answer.read()
            self.seen.add(self.document.check(answer))

        http.event_hooks = {"response": [hear]}
        return http

    def missing(self) -> set[tuple[str, int]]:
        """Return the answers that are described and were not seen."""
        described = {
            (operation.id, int(status))
            for operation in self.document.operations
            for status in operation.content["responses"].keys() - NOT_PROVOKED
        }
        return described - self.seen


@pytest.fixture
def witness(running: Running, company: Tenant) -> Witness:
    witness = Witness(running)
    witness.watch(company.http)
    return witness


def refuse(witness: Witness, company: Tenant) -> None:
    """Provoke every refusal that calls of one kind have in common."""
    audit = company.running.contacts(
        "keys", "create", "--company", company.name, "--scopes", "audit", "--json"
    )
    nobody = witness.watch(client(company.running.url))
    auditor = witness.watch(client_of(company.running, audit["key"]))
    write = company.running.contacts("keys", "create", "--company", company.name, "--json")
    writer = witness.watch(client_of(company.running, write["key"]))
    with nobody, auditor, writer:
        for operation in witness.document.operations:
            path = operation.path.format(**NAMED)
            if operation.path == "/health/live":
                continue
            for http in (nobody, writer if operation.needs("audit") else auditor):
                http.request(operation.method, path, json={} if operation.has_body else None)
            for more in damaged(operation):
                company.http.request(operation.method, path, **more)


def damaged(operation: Operation) -> Iterator[dict[str, Any]]:
    """Yield requests that are wrong in what they bring."""
    yield {"headers": {"x-meetergo-api-user-id": "not an id"}}
    if operation.path == "/crm/details":
        yield {"params": {"contactId": NOBODY}}
    elif operation.path.endswith("/diff"):
        yield {"params": {"from": "2020-01-01T00:00:00Z"}}
    elif not operation.has_body:
        yield {}
    else:
        yield {"content": b"{}", "headers": {"Content-Type": "text/plain"}}
        size = 104_857_601 if operation.id == "import_contacts" else 10_485_761
        yield {"content": b" " * size, "headers": JSON}
        if operation.method == "PATCH":
            yield {"json": {"notes": "x"}}


def lists(http: httpx2.Client) -> None:
    """Send a list, and again until somebody is at work on it, and get it back."""
    content = b"email\r\n" + b"".join(b"p%d@example.com\r\n" % n for n in range(4_000))
    list_again = partial(http.post, "/crm/imports", files={"file": ("list.csv", content)})
    assert eventually(lambda: list_again().status_code == 409, 30)
    http.post("/crm/imports", files={"file": ("list.csv", b"PK\x03\x04")})
    http.get("/crm/export", params={"format": "jsonl"})
    first = http.post("/crm/imports", files={"file": ("small.csv", b"email\r\nq@@\r\n")})
    path = first.headers["location"]
    http.get(path)
    http.get(f"{path}/errors")


def succeed(company: Tenant) -> None:
    """Make every call work, with every field there is."""
    http = company.http
    lists(http)
    whole: dict[str, Any] = {
        "firstName": "Anna",
        "lastName": "Müller",
        "email": "anna@example.com",
        "phoneNumber": "+49 30 901820",
        "tags": ["Lead"],
        "notes": "x",
        "crmCompanyId": str(uuid4()),
        "accountOwnerId": str(uuid4()),
        "additionalData": {"a": [1, None, {"b": True}]},
        "address": {"line1": "Hauptstr. 1", "city": "Köln", "zip": None},
        "language": "de",
    }
    anna = company.create(**whole)["id"]
    http.post("/crm", params={"updateExisting": True}, json={**whole, "title": "Dr."})
    http.post("/crm", json=whole)
    company.book({"email": "anna@example.com"}, {"phoneNumber": "+49 30 901821"})
    meeting = {
        "start": "2999-01-15T09:00:00+01:00",
        "end": "2999-01-15T09:30:00+01:00",
        "timezone": "Europe/Berlin",
        "meetingType": {"id": "mt-1"},
        "hosts": [{"id": "host-1"}],
        "channel": "zoom",
        "meetingLink": "https://zoom.example/j/1",
    }
    company.book({"id": "att-1", "email": "anna@example.com"}, **meeting, id="appt-1")
    attend("appt-1", company)
    submission = {"id": "s1", "formId": "f1", "answers": {"a": [1]}}
    for contact_id in (anna, NOBODY):
        http.post(f"/crm/{contact_id}/forms", json=submission)
    by_phone = company.create(phoneNumber="+49 30 901822")["id"]
    for contact_id in (anna, by_phone, NOBODY):
        http.post(f"/crm/{contact_id}/optin", json={"wording": "May we?", "language": "en"})
    http.delete(f"/crm/{anna}/optin")
    http.get("/crm", params={"limit": 1})
    http.get("/crm", params={"page": 2, "limit": 1})
    http.get("/crm/details", params={"attendeeId": "att-1"})
    company.read(anna)
    for contact_id, version in ((anna, 1), (anna, 2), (NOBODY, 1)):
        http.post(f"/crm/{contact_id}/undo", json={"version": version})
    http.patch(f"/crm/{anna}", json={"address": None, "tags": []})
    other = company.create(email="other@example.com")["id"]
    http.patch(f"/crm/{other}", json={"email": "anna@example.com"})
    http.delete(f"/crm/{anna}")
    http.get(f"/crm/{anna}")
    http.post(f"/crm/{anna}/restore")
    http.delete(f"/crm/{anna}")
    company.create(email="anna@example.com")
    http.post(f"/crm/{anna}/restore")
    rows = [{"email": "new@example.com"}, {"email": "new@example.com"}, {"emial": "x"}, whole, 5]
    http.post("/crm/bulk", json={"contacts": rows})
    http.post("/crm/bulk", json={"contacts": rows, "updateExisting": True})
    http.post("/crm/bulk-delete", json={"contactIds": [other, NOBODY]})
    study(anna, http)
    http.get("/v4/user/me")
    http.get("/health/live")
    send_webhooks(company)


def study(contact_id: str, http: httpx2.Client) -> None:
    """Ask for everything that happened, and how things were."""
    http.get(f"/crm/{contact_id}/history")
    http.get(f"/crm/{contact_id}/diff", params={"from": "position:1"})
    for name in ("noShowCount", "Recurring", "Optin"):
        http.get(f"/crm/{contact_id}/explain/{name}")
    http.get(f"/crm/{contact_id}", params={"asOf": "position:1"})
    http.get("/events", params={"limit": 1_000})


def attend(appointment_id: str, company: Tenant) -> None:
    """Let everything become of a meeting, and of one that is not there."""
    http = company.http
    times = {"start": "2999-01-16T09:00:00Z", "end": "2999-01-16T10:00:00Z"}
    for path in (f"/crm/bookings/{appointment_id}", "/crm/bookings/appt-0"):
        http.post(f"{path}/no-show")
        http.delete(f"{path}/no-show")
        http.post(f"{path}/reschedule", json=times)
        http.post(f"{path}/cancel", json={"reason": "Fell ill"})
        http.post(f"{path}/reschedule", json=times)
        http.post(f"{path}/no-show")


def erase(witness: Witness, company: Tenant) -> None:
    """Erase a contact, and call it by every call that says what it answers then."""
    gone = company.create(email="gone@example.com")["id"]
    for contact_id in (gone, NOBODY):
        company.http.post(f"/crm/{contact_id}/erase", json={"reason": "mistake"})
    for operation in witness.document.operations:
        if "410" in operation.content["responses"]:
            path = operation.path.format(**NAMED | {"contactId": gone})
            named = {"contactId": gone} if path == "/crm/details" else {"from": "position:1"}
            params = named if path.endswith(("/details", "/diff")) else {}
            company.http.request(
                operation.method, path, params=params, json=SENT_AFTER.get(operation.id)
            )


def try_again(witness: Witness, company: Tenant) -> None:
    """Repeat every call with a key that belongs to another one, or speaks of who was erased."""
    live, gone = {"Idempotency-Key": "live"}, {"Idempotency-Key": "gone"}
    anna = company.http.post("/crm", json={"email": "a@x.test"}, headers=live).json()["item"]["id"]
    company.http.patch(f"/crm/{anna}", json={"notes": "x"})
    ben = company.http.post("/crm", json={"email": "b@x.test"}, headers=gone).json()["item"]["id"]
    company.http.post(f"/crm/{ben}/erase", json={"reason": "mistake"})
    for operation in witness.document.operations:
        names = {parameter["name"] for parameter in witness.document.parameters(operation)}
        path = operation.path.format(**NAMED | {"contactId": anna})
        body = SENT_AGAIN.get(operation.id) or SENT_AFTER.get(operation.id)
        for headers in (live, gone) if "Idempotency-Key" in names else ():
            company.http.request(operation.method, path, json=body, headers=headers)
        if "If-Match" in names:
            outdated = {"If-Match": '"1"'}
            company.http.request(operation.method, path, json=body, headers=outdated)


def send_webhooks(company: Tenant) -> None:
    """Let one be done, one be kept, and one be refused."""
    unsigned, signed = connect(company, "meetergo"), connect(company, "calcom")
    company.http.post(unsigned.path, json={"event": "new_employee", "data": {}})
    company.http.post(unsigned.path, json={"event": "unheard_of"})
    company.http.post(signed.path, json={"triggerEvent": "PING"})


def test_every_answer_that_is_described_is_given_and_as_described(
    witness: Witness, company: Tenant
) -> None:
    succeed(company)
    erase(witness, company)
    try_again(witness, company)
    refuse(witness, company)
    assert witness.missing() == set()


def test_a_path_names_the_methods_that_it_has(running: Running, company: Tenant) -> None:
    document = Witness(running).document
    for path, methods in document.content["paths"].items():
        answer = company.http.options(path.format(**NAMED))
        assert answer.status_code == 405
        allowed = sorted(answer.headers["allow"].lower().split(", "))
        assert allowed == sorted(methods), path
