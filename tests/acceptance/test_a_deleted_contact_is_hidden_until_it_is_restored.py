"""Deleting hides a contact from everything; restoring brings it back as it was."""

import pytest

from tests.acceptance.conftest import Tenant
from tests.acceptance.refusals import expect_refusal, nothing_recorded


@pytest.fixture
def contact_id(company: Tenant) -> str:
    """A deleted contact with a meeting."""
    attendee = {"id": "att-1", "email": "anna@example.com", "phoneNumber": "+4930901820"}
    (row,) = company.book(attendee, id="appt-1")
    assert company.http.delete(f"/crm/{row['id']}").status_code == 204
    return str(row["id"])


def test_it_is_found_by_nothing(company: Tenant, contact_id: str) -> None:
    assert company.found() == []
    assert company.found(searchTerm="anna") == []
    for answer in (
        company.http.get(f"/crm/{contact_id}"),
        company.http.get(f"/crm/details?contactId={contact_id}"),
        company.http.get("/crm/details?attendeeId=att-1"),
        company.http.patch(f"/crm/{contact_id}", json={"notes": "x"}),
    ):
        expect_refusal(answer, 404)
        assert answer.json()["code"] == "contact_deleted"


def test_deleting_it_again_is_fine_and_records_nothing(company: Tenant, contact_id: str) -> None:
    with nothing_recorded(company):
        assert company.http.delete(f"/crm/{contact_id}").status_code == 204


def test_it_comes_back_as_it_was(company: Tenant, contact_id: str) -> None:
    answer = company.http.post(f"/crm/{contact_id}/restore")
    assert answer.status_code == 200
    row = answer.json()
    assert (row["id"], row["item"]["email"]) == (contact_id, "anna@example.com")
    assert [place["id"] for place in row["appointments"]] == ["appt-1"]
    assert company.found(searchTerm="anna") == [row]
    assert company.http.get("/crm/details?attendeeId=att-1").json()["item"] == row["item"]
    topics = [event["topic"] for event in company.events(contact_id)]
    assert topics[-2:] == ["contact.deleted", "contact.restored"]


def test_restoring_what_is_there_records_nothing(company: Tenant, contact_id: str) -> None:
    company.http.post(f"/crm/{contact_id}/restore")
    with nothing_recorded(company):
        assert company.http.post(f"/crm/{contact_id}/restore").status_code == 200


@pytest.mark.parametrize(
    "attendee", [{"email": "anna@example.com"}, {"phoneNumber": "+4930901820"}]
)
def test_a_booking_for_its_address_makes_a_new_contact(
    company: Tenant, contact_id: str, attendee: dict[str, str]
) -> None:
    (row,) = company.book(attendee)
    assert row["id"] != contact_id
    assert row["tags"] == []
    assert company.found() == [row]
