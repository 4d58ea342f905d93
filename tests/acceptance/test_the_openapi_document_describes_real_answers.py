"""What the service answers is what its OpenAPI document promises, to the field and the header."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.acceptance.conftest import Running, Tenant, client, client_of
from tests.acceptance.openapi_document import Document, Operation

JSON = {"Content-Type": "application/json"}
NOBODY = str(uuid4())

NOT_PROVOKED = {"410", "503"}
"""Contacts cannot be erased over HTTP yet; the tests of a lost database see the other."""


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
    with nobody, auditor:
        for operation in witness.document.operations:
            path = operation.path.format(contactId=NOBODY)
            if operation.path == "/health/live":
                continue
            for http in (nobody, auditor):
                http.request(operation.method, path, json={} if operation.has_body else None)
            for more in damaged(operation):
                company.http.request(operation.method, path, **more)


def damaged(operation: Operation) -> Iterator[dict[str, Any]]:
    """Yield requests that are wrong in what they bring."""
    yield {"headers": {"x-meetergo-api-user-id": "not an id"}}
    if operation.path == "/crm/details":
        yield {"params": {"contactId": NOBODY}}
    elif not operation.has_body:
        yield {}
    else:
        yield {"content": b"{}", "headers": {"Content-Type": "text/plain"}}
        yield {"content": b" " * 10_485_761, "headers": JSON}
        if operation.method == "PATCH":
            yield {"json": {"notes": "x"}}


def succeed(company: Tenant) -> None:
    """Make every call work, with every field there is."""
    http = company.http
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
    company.book({"id": "att-1", "email": "anna@example.com"}, **meeting)
    http.get("/crm", params={"limit": 1})
    http.get("/crm", params={"page": 2, "limit": 1})
    http.get("/crm/details", params={"attendeeId": "att-1"})
    company.read(anna)
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
    http.get("/v4/user/me")
    http.get("/health/live")


def test_every_answer_that_is_described_is_given_and_as_described(
    witness: Witness, company: Tenant
) -> None:
    succeed(company)
    refuse(witness, company)
    assert witness.missing() == set()


def test_a_path_names_the_methods_that_it_has(running: Running, company: Tenant) -> None:
    document = Witness(running).document
    for path, methods in document.content["paths"].items():
        answer = company.http.options(path.format(contactId=NOBODY))
        assert answer.status_code == 405
        allowed = sorted(answer.headers["allow"].lower().split(", "))
        assert allowed == sorted(methods), path
