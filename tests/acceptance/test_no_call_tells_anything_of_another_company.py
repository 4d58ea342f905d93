"""Every call of the document, asked with the real names of another company: it knows none of them.

A twin of the company that asks makes the same calls with names that never were: what the two are
answered must not differ.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from secrets import token_hex, token_urlsafe
from typing import Any, NamedTuple
from uuid import uuid4

import httpx2
import pytest

from tests.acceptance.conftest import Running, Tenant, client, make_tenant
from tests.acceptance.intake import connect
from tests.acceptance.openapi_document import Document, Json, Operation
from tests.acceptance.optin_links import asked

SECRET = f"Secret{token_hex(8)}"
"""Stands in every text of the other company that nobody asks for."""

CROWD = 150
"""Contacts that make the other company's log longer than what the asking one records here."""


@dataclass(frozen=True)
class Names:
    """By what a caller could name something of a company."""

    contact: str
    attendee: str
    appointment: str
    submission: str
    email: str
    another: str
    third: str
    fourth: str
    phone: str
    tag: str
    owner: str
    list_id: str
    cursor: str
    retry: str
    position: str
    mine: str
    source: str
    """A contact and a source of the company that asks."""


class Ask(NamedTuple):
    """A request; what stands in <> is a name, JSON is sent as it is, other text as a file."""

    line: str
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()


IF_MATCH = (("If-Match", '"1"'),)
RETRY = (("Idempotency-Key", "<retry>-<call>"),)
BOTH = (*IF_MATCH, *RETRY)
TIMES = {"start": "2999-01-15T09:00:00Z", "end": "2999-01-15T10:00:00Z"}
PLACE = {"id": "<attendee>", "email": "<third>"}
BOOKING = "/crm/bookings/<appointment>"

ASKS: dict[str, list[Ask]] = {
    "list_contacts": [
        Ask("GET /crm?cursor=<cursor>"),
        Ask("GET /crm?ownerId=<owner>"),
        Ask("GET /crm?searchTerm=<email>"),
        Ask("GET /crm?searchTerm=<phone>"),
        Ask("GET /crm?tags=<tag>&tagsMode=any"),
    ],
    "get_contact": [
        Ask("GET /crm/<contact>"),
        Ask("GET /crm/<contact>?asOf=position:1"),
        Ask("GET /crm/<mine>?asOf=position:<position>"),
    ],
    "get_contact_details": [
        Ask("GET /crm/details?contactId=<contact>"),
        Ask("GET /crm/details?attendeeId=<attendee>"),
        Ask("GET /crm/details?contactId=<contact>&asOf=position:1"),
    ],
    "get_contact_history": [
        Ask("GET /crm/<contact>/history"),
        Ask("GET /crm/<contact>/history?after=1"),
    ],
    "get_contact_diff": [Ask("GET /crm/<contact>/diff?from=position:1&to=position:2")],
    "explain_contact": [
        Ask(f"GET /crm/<contact>/explain/{name}") for name in ("noShowCount", "Recurring", "Optin")
    ],
    "export_contacts": [
        Ask("GET /crm/export?ownerId=<owner>"),
        Ask("GET /crm/export?searchTerm=<email>&tags=<tag>"),
        Ask("GET /crm/export?asOf=position:<position>"),
    ],
    "get_import": [Ask("GET /crm/imports/<list_id>"), Ask("GET /crm/imports/<list_id>?after=0")],
    "get_import_errors": [Ask("GET /crm/imports/<list_id>/errors")],
    "list_events": [Ask("GET /events?after=<position>"), Ask("GET /events?after=0&limit=1000")],
    "delete_contact": [Ask("DELETE /crm/<contact>"), Ask("DELETE /crm/<contact>", None, BOTH)],
    "restore_contact": [
        Ask("POST /crm/<contact>/restore"),
        Ask("POST /crm/<contact>/restore", None, BOTH),
    ],
    "delete_contacts": [
        Ask("POST /crm/bulk-delete", {"contactIds": ["<contact>"]}),
        Ask("POST /crm/bulk-delete", {"contactIds": ["<contact>"]}, RETRY),
    ],
    "reschedule_booking": [
        Ask(f"POST {BOOKING}/reschedule", {**TIMES, "attendeeId": "<attendee>"}, RETRY),
        Ask("POST /crm/bookings/m/reschedule", {**TIMES, "newAppointmentId": "<appointment>"}),
    ],
    "cancel_booking": [Ask(f"POST {BOOKING}/cancel", {"attendeeId": "<attendee>"}, RETRY)],
    "mark_no_show": [Ask(f"POST {BOOKING}/no-show", {"attendeeId": "<attendee>"}, RETRY)],
    "clear_no_show": [Ask(f"DELETE {BOOKING}/no-show?attendeeId=<attendee>", None, RETRY)],
    "request_optin": [Ask("POST /crm/<contact>/optin", {"wording": "May we?"}, BOTH)],
    "withdraw_optin": [Ask("DELETE /crm/<contact>/optin", None, BOTH)],
    "erase_contact": [Ask("POST /crm/<contact>/erase", {"reason": "mistake"}, BOTH)],
    "undo_change": [Ask("POST /crm/<contact>/undo", {"version": 2}, BOTH)],
    "receive_webhook": [
        Ask(
            "POST /intake/meetergo/<source>",
            {"webhookType": "booking_cancelled", "id": "<appointment>", "isCancelled": True},
        ),
    ],
    # what makes something comes last, for then it is there
    "submit_form": [
        Ask("POST /crm/<contact>/forms", {"id": "<submission>", "answers": {}}, BOTH),
        Ask("POST /crm/<mine>/forms", {"id": "<submission>", "formId": "f", "answers": {}}),
    ],
    "create_contact": [Ask("POST /crm", {"email": "<email>"}, RETRY)],
    "create_contacts": [
        Ask("POST /crm/bulk", {"contacts": [{"email": "<another>"}], "updateExisting": True}, RETRY)
    ],
    "create_booking": [
        Ask("POST /crm/bookings", {**TIMES, "id": "<appointment>", "attendees": [PLACE]}, RETRY),
        Ask("POST /crm/bookings", {**TIMES, "id": "m", "attendees": [{"phoneNumber": "<phone>"}]}),
    ],
    "update_contact": [
        Ask("PATCH /crm/<contact>", {"notes": "x"}, BOTH),
        Ask("PATCH /crm/<contact>", {}),
        Ask("PATCH /crm/<mine>", {"email": "<fourth>", "accountOwnerId": "<owner>"}),
    ],
    "import_contacts": [Ask("POST /crm/imports", "email,notes\r\n<fourth>,x\r\n")],
}

NAMELESS = {
    "get_checkpoint",
    "list_public_keys",
    "get_me",
    "get_liveness",
    "get_readiness",
    "get_metrics",
}
"""Calls that take no name at all: they must say nothing of others of themselves."""

NO_NAMES = {"page", "limit", "sortBy", "sortOrder", "tagsMode", "types", "wait", "format", "status"}
NO_NAMES |= {"updateExisting", "x-meetergo-api-user-id", "name"}
"""Parameters that cannot name anything."""


@dataclass(frozen=True)
class Stage:
    """Two companies to which the same has happened, and one with something of every kind."""

    asking: Tenant
    twin: Tenant
    other: Tenant
    theirs: Names
    """Names that all mean something to the other company; the first one asks by them."""
    hidden: list[str]
    """Contacts of the other company that are deleted and erased."""
    nothing: Names
    """Names that nobody ever heard of; the twin asks by them."""


@pytest.fixture(scope="module")
def stage(running: Running) -> Iterator[Stage]:
    asking, twin, other = (make_tenant(running) for _ in range(3))
    with asking.http, twin.http, other.http:
        theirs = known(other, invented(asking))
        yield Stage(asking, twin, other, theirs, hidden(other), invented(twin))


@pytest.fixture(scope="module")
def document(running: Running) -> Document:
    with client(running.url) as http:
        return Document(http.get("/openapi.json").json())


def invented(company: Tenant) -> Names:
    """Names of nothing, for this company to ask for."""
    return Names(
        contact=str(uuid4()),
        attendee=f"att-{token_hex(8)}",
        appointment=f"appt-{token_hex(8)}",
        submission=f"form-{token_hex(8)}",
        email=f"{token_hex(8)}@example.com",
        another=f"{token_hex(8)}@example.com",
        third=f"{token_hex(8)}@example.com",
        fourth=f"{token_hex(8)}@example.com",
        phone=f"+4930901{int(token_hex(2), 16) % 900 + 100}",
        tag=f"tag-{token_hex(8)}",
        owner=str(uuid4()),
        list_id=str(uuid4()),
        cursor=token_urlsafe(200),
        retry=token_hex(8),
        position="100000",
        mine=company.create(email="mine@example.com")["id"],
        source=connect(company, "meetergo").path.rsplit("/", 1)[1],
    )


def known(other: Tenant, names: Names) -> Names:
    """Make everything that these names speak of."""
    http, secret = other.http, {"lastName": SECRET, "notes": SECRET}
    booked = {"email": names.email, "id": names.attendee}
    whole = {"tags": [names.tag], "accountOwnerId": names.owner, "phoneNumber": names.phone}
    anna = http.post("/crm", json={"email": names.email}, headers=retry(names, "create_contact"))
    contact_id = anna.json()["item"]["id"]
    for call in ASKS.keys() - {"create_contact"}:
        http.patch(f"/crm/{contact_id}", json={"title": call}, headers=retry(names, call))
    http.patch(f"/crm/{contact_id}", json={**secret, **whole})
    other.book(booked, id=names.appointment)
    other.tell(names.appointment, "no-show")
    http.post(f"/crm/{contact_id}/forms", json={"id": names.submission, "answers": {"a": SECRET}})
    asked(other, contact_id, SECRET)
    for email in (names.another, names.third, names.fourth):
        other.create(email=email, **secret)
    crowd = [{"email": f"{n}@{SECRET}.test"} for n in range(CROWD)]
    http.post("/crm/bulk", json={"contacts": crowd})
    sent = http.post(
        "/crm/imports", files={"file": ("list.csv", f"email,notes\r\n{names.third},x")}
    )
    return replace(
        names,
        contact=contact_id,
        list_id=sent.json()["id"],
        cursor=http.get("/crm?limit=1").json()["nextCursor"],
        position=str(other.position()),
    )


def hidden(other: Tenant) -> list[str]:
    """Make contacts that are not shown any more."""
    ids = [other.create(email=f"{n}@hidden.test", notes=SECRET)["id"] for n in range(2)]
    other.http.delete(f"/crm/{ids[0]}")
    other.http.post(f"/crm/{ids[1]}/erase", json={"reason": "mistake"})
    return ids


def retry(names: Names, call: str) -> dict[str, str]:
    """Return the key with which the other company has made this call, or one of its own."""
    return {"Idempotency-Key": f"{names.retry}-{call}"}


def filled(text: str, names: Names) -> str:
    """Put the names in."""
    for name, value in asdict(names).items():
        text = text.replace(f"<{name}>", value)
    return text


def answered(http: httpx2.Client, call: str, ask: Ask, names: Names) -> httpx2.Response:
    """Send a request with these names."""
    method, path = filled(ask.line, names).split(" ", 1)
    headers = {name: filled(value, names).replace("<call>", call) for name, value in ask.headers}
    path = path.replace("+", "%2B")
    if isinstance(ask.body, str):
        file = {"file": ("list.csv", filled(ask.body, names).encode())}
        return http.request(method, path, files=file, headers=headers)
    body = put_in(ask.body, names)
    return http.request(method, path, json=body, headers=headers)


def put_in(value: Any, names: Names) -> Any:
    """Put the names into a body."""
    if isinstance(value, dict):
        return {key: put_in(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [put_in(inner, names) for inner in value]
    return filled(value, names) if isinstance(value, str) else value


def essence(answer: httpx2.Response, names: Names) -> tuple[int, list[str], str]:
    """Return what of an answer does not depend on what was asked for by which name, and when."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<time>", answer.text)
    for name, value in asdict(names).items():  # as a word: a position may stand in any number
        text = re.sub(rf"(?<![\w-]){re.escape(value)}(?![\w-])", f"<{name}>", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<id>", text)
    return answer.status_code, sorted(answer.headers.keys()), text


def parametrized() -> list[tuple[str, Ask]]:
    return [(call, ask) for call, asks in ASKS.items() for ask in asks]


@pytest.mark.parametrize(("call", "ask"), parametrized(), ids=lambda it: getattr(it, "line", it))
def test_a_name_of_another_company_is_answered_as_one_that_never_was(
    stage: Stage, call: str, ask: Ask
) -> None:
    before, first = stage.other.position(), stage.theirs.contact
    for contact_id in (first, *stage.hidden) if "<contact>" in f"{ask}" else (first,):
        names = replace(stage.theirs, contact=contact_id)
        never = replace(stage.nothing, contact=str(uuid4()))
        answer = answered(stage.asking.http, call, ask, names)
        expected = answered(stage.twin.http, call, ask, never)
        assert essence(answer, names) == essence(expected, never)
        assert SECRET not in answer.text
        assert stage.other.id not in answer.text
    assert stage.other.position() == before


def test_calls_without_names_say_nothing_of_others(stage: Stage, document: Document) -> None:
    said = "".join(
        stage.asking.http.request(operation.method, operation.path).text
        for operation in document.operations
        if operation.id in NAMELESS
    )
    theirs, other = stage.theirs, stage.other
    for secret in (SECRET, other.id, other.name, theirs.contact, theirs.email):
        assert secret not in said


def test_every_call_of_the_document_is_asked(document: Document) -> None:
    described = {operation.id for operation in document.operations}
    assert described == ASKS.keys() | NAMELESS


def test_every_parameter_that_can_name_something_names_something_of_another_company(
    document: Document,
) -> None:
    for operation in document.operations:
        asks = ASKS.get(operation.id, [])
        for parameter in document.parameters(operation):
            name, place = parameter["name"], parameter["in"]
            if name in NO_NAMES or place == "path":
                continue
            given = [f"{name}=" in ask.line or name in dict(ask.headers) for ask in asks]
            assert any(given), (operation.id, name)
        for field in naming_fields(document, operation):
            assert any(f"'{field}': " in f"{ask.body}" for ask in asks), (operation.id, field)


def naming_fields(document: Document, operation: Operation) -> Iterator[str]:
    """Yield the fields of the body that hold the id of something which a company has."""
    kinds: Json = operation.content.get("requestBody", {}).get("content", {})
    for kind in kinds.values():
        for field in document.resolved(kind["schema"]).get("properties", {}):
            if re.search(
                r"^id$|(contact|attendee|appointment|submission)Ids?$", field, re.IGNORECASE
            ):
                yield field
