"""Every example of the API page that the service speaks, and what the page promises of it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.acceptance.conftest import Tenant

UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
CREATE = """{
    "firstName": "Anna",
    "lastName": "Müller",
    "email": "anna.mueller@example.com",
    "tags": ["Lead"]
  }"""
UPDATE = """{
    "tags": ["Lead", "Qualified"],
    "notes": "Interested in Enterprise plan"
  }"""
JSON = {"Content-Type": "application/json"}
ANNA: dict[str, Any] = {
    "firstName": "Anna",
    "lastName": "Müller",
    "email": "anna.mueller@example.com",
    "phoneNumber": None,
    "tags": ["Lead"],
    "notes": None,
    "noShowCount": 0,
    "crmCompanyId": None,
    "accountOwnerId": None,
    "additionalData": {},
}


def create_anna(company: Tenant) -> dict[str, Any]:
    answer = company.http.post("/crm", content=CREATE.encode(), headers=JSON)
    assert answer.status_code == 201
    body: dict[str, Any] = answer.json()
    return body


def expect_contact(item: dict[str, Any], expected: dict[str, Any]) -> None:
    """Every key of the page with this value; ids and times by pattern."""
    assert {name: item[name] for name in expected} == expected
    assert UUID.fullmatch(item["id"])
    assert TIME.fullmatch(item["createdAt"])
    assert TIME.fullmatch(item["updatedAt"])


def test_create_a_contact(company: Tenant) -> None:
    answer = company.http.post("/crm", content=CREATE.encode(), headers=JSON)
    assert answer.status_code == 201
    body = answer.json()
    expect_contact(body["item"], ANNA)
    assert body["appointments"] == []
    assert body["nextAppointmentIso"] is None
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["location"] == f"/crm/{body['item']['id']}"
    assert answer.headers["etag"] == '"1"'


def test_either_an_email_or_a_phone_number_or_both(company: Tenant) -> None:
    assert company.create(email="only.email@example.com")["phoneNumber"] is None
    assert company.create(phoneNumber="+49 30 901820")["email"] is None
    both = company.create(email="both@example.com", phoneNumber="+49 30 901820")
    assert (both["email"], both["phoneNumber"]) == ("both@example.com", "+4930901820")


def test_search_contacts(company: Tenant) -> None:
    anna = create_anna(company)["item"]
    company.create(firstName="Anna", email="anna.two@example.com", tags=["Customer"])
    company.create(firstName="Bert", email="bert@example.com", tags=["Lead"])
    answer = company.http.get("/crm?searchTerm=anna&tags=Lead&page=1&limit=20")
    assert answer.status_code == 200
    body = answer.json()
    assert {name: body[name] for name in ("page", "limit", "total", "totalPages")} == {
        "page": 1,
        "limit": 20,
        "total": 1,
        "totalPages": 1,
    }
    (row,) = body["result"]
    expect_contact(row, ANNA)
    assert row["item"] == anna
    assert {name: row[name] for name in anna} == anna
    assert row["appointments"] == []
    assert row["nextAppointmentIso"] is None


def test_the_page_says_how_many_pages_there_are(company: Tenant) -> None:
    for number in range(42):
        company.create(email=f"anna{number}@example.com", tags=["Lead"])
    body = company.http.get("/crm?searchTerm=anna&tags=Lead&page=1&limit=20").json()
    assert len(body["result"]) == 20
    assert (body["page"], body["limit"], body["total"], body["totalPages"]) == (1, 20, 42, 3)


def test_get_contact_details_by_contact_id(company: Tenant) -> None:
    created = create_anna(company)
    contact_id = created["item"]["id"]
    answer = company.http.get(f"/crm/details?contactId={contact_id}")
    assert answer.status_code == 200
    body = answer.json()
    expect_contact(body["item"], ANNA)
    assert body == {**created, "formSubmissions": []}
    assert answer.headers["etag"] == '"1"'
    assert company.read(contact_id) == body


def test_get_contact_details_by_attendee_id(company: Tenant) -> None:
    anna = create_anna(company)["item"]
    attendee_id, host_id = str(uuid4()), str(uuid4())
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    company.book(
        {"id": attendee_id, "email": "anna.mueller@example.com"},
        id="appt-uuid-12345",
        start=start.isoformat(),
        end=(start + timedelta(minutes=30)).isoformat(),
        timezone="Europe/Berlin",
        meetingType={"id": "mt-uuid-456", "name": "Discovery Call"},
        hosts=[{"id": host_id, "email": "john@example.com", "name": "John Smith"}],
        channel="zoom",
        meetingLink="https://zoom.us/j/123456789",
    )
    answer = company.http.get("/crm/details", params={"attendeeId": attendee_id})
    assert answer.status_code == 200
    body = answer.json()
    expect_contact(body["item"], {**ANNA, "accountOwnerId": host_id})
    assert body["item"]["id"] == anna["id"]
    assert body["formSubmissions"] == []
    (appointment,) = body["appointments"]
    assert TIME.fullmatch(appointment.pop("start"))
    assert TIME.fullmatch(appointment.pop("end"))
    assert appointment == {
        "id": "appt-uuid-12345",
        "attendeeId": attendee_id,
        "timezone": "Europe/Berlin",
        "meetingType": {"id": "mt-uuid-456", "name": "Discovery Call"},
        "hosts": [{"id": host_id, "email": "john@example.com", "name": "John Smith"}],
        "channel": "zoom",
        "meetingLink": "https://zoom.us/j/123456789",
        "isCancelled": False,
        "cancelReason": None,
        "rescheduledFrom": None,
        "isNoShow": False,
        "source": "booking",
    }
    assert datetime.fromisoformat(body["nextAppointmentIso"]) == start


def test_update_a_contact(company: Tenant) -> None:
    contact_id = create_anna(company)["item"]["id"]
    answer = company.http.patch(f"/crm/{contact_id}", content=UPDATE.encode(), headers=JSON)
    assert answer.status_code == 200
    body = answer.json()
    changed = {
        **ANNA,
        "tags": ["Lead", "Qualified"],
        "notes": "Interested in Enterprise plan",
    }
    expect_contact(body, changed)
    expect_contact(body["item"], changed)
    assert body["appointments"] == []
    assert body["nextAppointmentIso"] is None
    assert company.read(contact_id)["item"] == body["item"]


def test_delete_a_contact(company: Tenant) -> None:
    contact_id = create_anna(company)["item"]["id"]
    answer = company.http.delete(f"/crm/{contact_id}")
    assert (answer.status_code, answer.content) == (204, b"")
    gone = company.http.get(f"/crm/{contact_id}")
    assert (gone.status_code, gone.json()["code"]) == (404, "contact_deleted")


def test_a_webhook_finds_the_contact_that_its_booking_made(company: Tenant) -> None:
    """As the page's snippet: data.attendees[0]?.id, then details, then email and additionalData."""
    attendee: dict[str, Any] = {
        "id": "att-uuid-789",
        "firstName": "Jane",
        "lastName": "Doe",
        "email": "customer@example.com",
        "phoneNumber": "+1-555-123-4567",
        "language": "en",
        "additionalData": {"companyName": "ACME", "jobTitle": "CTO"},
    }
    company.book(attendee)
    answer = company.http.get(f"/crm/details?attendeeId={attendee['id']}")
    assert answer.status_code == 200
    contact = answer.json()["item"]
    expected: dict[str, Any] = {
        "firstName": "Jane",
        "lastName": "Doe",
        "email": "customer@example.com",
        "phoneNumber": "+1-555-123-4567",
        "tags": [],
        "notes": None,
        "noShowCount": 0,
        "crmCompanyId": None,
        "accountOwnerId": None,
        "additionalData": {"companyName": "ACME", "jobTitle": "CTO"},
        "language": "en",
    }
    expect_contact(contact, expected)


def test_a_second_booking_makes_a_contact_recurring(company: Tenant) -> None:
    attendee = {"email": "anna.mueller@example.com"}
    assert company.book(attendee)[0]["tags"] == []
    assert company.book(attendee)[0]["tags"] == ["Recurring"]


def test_published_clients_check_their_key(company: Tenant) -> None:
    answer = company.http.get("/v4/user/me")
    assert answer.status_code == 200
    body = answer.json()
    assert UUID.fullmatch(body["id"])
    assert body["email"] == f"key-{body['id']}@contacts.invalid"
