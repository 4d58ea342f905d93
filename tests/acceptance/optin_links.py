"""Hides how a link is asked for, opened and answered, as somebody does who got it by mail."""

import re
from typing import Any

import httpx2

from tests.acceptance.conftest import NO_TLS, Tenant

BROWSER = {"User-Agent": "Browser/1.0", "Accept-Language": "en"}


def asked(company: Tenant, contact_id: str, wording: str = "May we?", **more: Any) -> Any:
    """Ask a contact, and return what the caller is told."""
    answer = company.http.post(f"/crm/{contact_id}/optin", json={"wording": wording, **more})
    assert answer.status_code == 202, answer.text
    return answer.json()


def visit(link: str, method: str = "GET", **headers: str) -> httpx2.Response:
    """Open a link, or press its button (POST)."""
    with httpx2.Client(verify=NO_TLS, timeout=30, headers=BROWSER | headers) as browser:
        return browser.request(method, link)


def heading(page: httpx2.Response) -> str:
    """Return what a page says first."""
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    found = re.search("<h1>(.*)</h1>", page.text)
    assert found is not None
    return found[1]


def opted_in(company: Tenant, contact_id: str) -> bool:
    """Tell whether the contact has the tag, in its details and in a search alike."""
    tags = company.read(contact_id)["item"]["tags"]
    hits = [row["id"] for row in company.found(tags="Optin")]
    assert ("Optin" in tags) == (contact_id in hits)
    return contact_id in hits


def consent(company: Tenant, contact_id: str) -> list[str]:
    """Return what has happened to a contact's consent."""
    topics = [event["topic"] for event in company.events(contact_id)]
    return [topic.removeprefix("contact.optin_") for topic in topics if "optin" in topic]
