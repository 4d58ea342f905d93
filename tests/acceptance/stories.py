"""Hides the story of a contact that the tests of its history tell and read."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx2

from api.database import writing
from domain.application.contacts import Contacts
from domain.application.requests import ById, Done, Request, Step
from domain.contact.commands import ConfirmOptin, EraseContact, RequestOptin
from domain.contact.memory import wording_digest
from domain.eventlog.log import Meta
from domain.kernel import Command
from projections.inline import Inline
from tests.acceptance.conftest import Tenant

CALL = {
    "start": "2030-01-15T09:00:00+01:00",
    "end": "2030-01-15T09:30:00+01:00",
    "meetingType": {"id": "discovery", "name": "Discovery Call"},
}

KINDS = [
    "created",
    "booking_linked",
    "updated",
    "tagged",
    "no_show_marked",
    "optin_requested",
    "optin_confirmed",
    "deleted",
    "restored",
]
"""What happens in the story, event by event."""


def tell(company: Tenant) -> str:
    """Let somebody book, be edited, miss the meeting, be asked, deleted and restored."""
    attendee = {"id": "att-1", "firstName": "Anna", "email": "anna@example.com"}
    (row,) = company.book(attendee, id="appt-1", **CALL)
    path = f"/crm/{row['id']}"
    good(company.http.patch(path, json={"firstName": "Anne", "additionalData": {"Role": "CTO"}}))
    good(company.http.patch(path, json={"tags": ["VIP"]}))
    company.tell("appt-1", "no-show")
    asked, now = "May we write to you?", datetime.now(UTC)
    wish(company, row["id"], RequestOptin(asked, now))
    wish(company, row["id"], ConfirmOptin("anna@example.com", wording_digest(asked), now))
    good(company.http.delete(path))
    good(company.http.post(f"{path}/restore"))
    return str(row["id"])


def good(answer: httpx2.Response) -> httpx2.Response:
    """Insist on success."""
    assert answer.is_success, answer.text
    return answer


def history(company: Tenant, contact_id: str, **query: Any) -> dict[str, Any]:
    """Return a page of a contact's history."""
    content: dict[str, Any] = good(
        company.http.get(f"/crm/{contact_id}/history", params=query)
    ).json()
    return content


def wish(company: Tenant, contact_id: str, command: Command) -> None:
    """Send a wish past the service, as another process on the same database does."""
    contacts = Contacts(writing(company.running.database_url), Inline())
    step = Step(ById(UUID(contact_id)), command)
    (outcome,) = contacts.run([Request(UUID(company.id), (step,), Meta("cli", "cli"))], wait=True)
    contacts.close()
    assert isinstance(outcome, Done), outcome


def erase(company: Tenant, contact_id: str) -> None:
    """Erase a contact: its end is recorded, and the log forgets what came before."""
    wish(company, contact_id, EraseContact("subject_request"))
    company.running.database.execute("SELECT log.erase(%s, %s)", (company.id, contact_id))
