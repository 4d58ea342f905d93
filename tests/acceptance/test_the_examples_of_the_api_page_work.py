"""Every example of the API page that the service speaks, and what the page promises of it."""

import re

from tests.acceptance.conftest import Tenant

UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
ANNA = {
    "firstName": "Anna",
    "lastName": "Müller",
    "email": "anna.mueller@example.com",
    "tags": ["Lead"],
}


def test_create_a_contact(company: Tenant) -> None:
    answer = company.http.post("/crm", json=ANNA)
    assert answer.status_code == 201
    body = answer.json()
    item = body["item"]
    assert UUID.fullmatch(item["id"])
    assert TIME.fullmatch(item["createdAt"])
    assert TIME.fullmatch(item["updatedAt"])
    expected = {
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
    assert {name: item[name] for name in expected} == expected
    assert body["appointments"] == []
    assert body["nextAppointmentIso"] is None
    assert answer.headers["location"] == f"/crm/{item['id']}"
    assert answer.headers["etag"] == '"1"'
