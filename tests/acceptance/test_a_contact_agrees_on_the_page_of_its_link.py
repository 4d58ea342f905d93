"""Without a mail server the caller gets the link; on its page only the button agrees."""

import re
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest

from tests.acceptance.conftest import Tenant
from tests.acceptance.optin_links import asked, consent, heading, opted_in, visit
from tests.acceptance.refusals import expect_refusal, nothing_recorded


@pytest.fixture
def anna(company: Tenant) -> str:
    return str(company.create(email="anna@example.com")["id"])


def test_the_caller_is_given_the_link_when_there_is_no_mail_server(
    company: Tenant, anna: str
) -> None:
    answer = asked(company, anna)
    assert (answer["mailed"], answer["reason"]) == (False, "no_mail_server")
    assert answer["link"].startswith(f"{company.running.url}/optin/")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", answer["expiresAt"])
    assert anna not in answer["link"]
    (event,) = company.events(anna)[1:]
    assert event["topic"] == "contact.optin_requested"
    assert event["data"]["email"] == "anna@example.com"
    assert event["data"]["wording"] == "May we?"


def test_looking_at_the_page_changes_nothing_and_the_button_agrees(
    company: Tenant, anna: str
) -> None:
    link = asked(company, anna, "May we <b>write</b>?\nOnce a month.")["link"]
    with nothing_recorded(company):
        page = visit(link)
        assert visit(link, "HEAD").status_code == 200
        assert visit(f"{link}/withdraw").status_code == 200
        assert visit(f"{link}/withdraw", "HEAD").status_code == 200
    assert (page.status_code, heading(page)) == (200, "Do you agree?")
    assert "May we &lt;b&gt;write&lt;/b&gt;?\nOnce a month." in page.text
    assert not opted_in(company, anna)

    agent = f"Browser\x09{'x' * 600}"
    answer = visit(link, "POST", **{"User-Agent": agent, "X-Forwarded-For": "203.0.113.66"})
    assert (answer.status_code, heading(answer)) == (200, "Thank you")
    assert opted_in(company, anna)
    event = company.events(anna)[-1]
    assert (event["topic"], event["actor"], event["source"]) == (
        "contact.optin_confirmed",
        "contact",
        "optin",
    )
    proof = event["data"]
    assert proof["email"] == "anna@example.com"
    assert proof["ip_address"] == "127.0.0.1", "nobody trusts what this client says of itself"
    assert proof["user_agent"] == ("Browser" + "x" * 600)[:512]
    assert proof["confirmed_at"] >= company.events(anna)[-2]["data"]["requested_at"]


def test_a_used_link_says_so_and_shows_the_way_back(company: Tenant, anna: str) -> None:
    link = asked(company, anna)["link"]
    visit(link, "POST")
    with nothing_recorded(company):
        for again in (visit(link), visit(link, "POST")):
            assert (again.status_code, heading(again)) == (200, "Thank you")
    way_back = re.search('<a href="([^"]+/withdraw)">', again.text)
    assert way_back is not None
    assert link.endswith(way_back[1].removesuffix("/withdraw"))


def test_the_link_takes_the_consent_back_as_easily(company: Tenant, anna: str) -> None:
    link = asked(company, anna)["link"]
    visit(link, "POST")
    with nothing_recorded(company):
        assert heading(visit(f"{link}/withdraw")) == "Withdraw your consent?"
    assert opted_in(company, anna)
    answer = visit(f"{link}/withdraw", "POST")
    assert (answer.status_code, heading(answer)) == (200, "Withdrawn")
    assert not opted_in(company, anna)
    assert company.events(anna)[-1]["data"]["reason"] == "link"
    with nothing_recorded(company):
        assert heading(visit(f"{link}/withdraw")) == "Withdrawn"
        assert heading(visit(f"{link}/withdraw", "POST")) == "Withdrawn"
        assert visit(link, "POST").status_code == 410


def test_a_request_can_be_turned_down_before_anybody_agreed(company: Tenant, anna: str) -> None:
    link = asked(company, anna)["link"]
    assert heading(visit(f"{link}/withdraw", "POST")) == "Withdrawn"
    assert visit(link, "POST").status_code == 410
    assert consent(company, anna) == ["requested", "withdrawn"]


def test_the_caller_takes_the_consent_back(company: Tenant, anna: str) -> None:
    visit(asked(company, anna)["link"], "POST")
    assert company.http.delete(f"/crm/{anna}/optin").status_code == 204
    assert not opted_in(company, anna)
    assert company.events(anna)[-1]["data"]["reason"] == "caller"
    with nothing_recorded(company):
        assert company.http.delete(f"/crm/{anna}/optin").status_code == 204


def test_the_consent_of_a_deleted_contact_can_be_taken_back(company: Tenant, anna: str) -> None:
    link = asked(company, anna)["link"]
    visit(link, "POST")
    company.http.delete(f"/crm/{anna}")
    assert heading(visit(f"{link}/withdraw", "POST")) == "Withdrawn"
    company.http.post(f"/crm/{anna}/restore")
    assert not opted_in(company, anna)


def test_consent_ends_when_the_address_changes_and_not_when_it_is_spelled_otherwise(
    company: Tenant, anna: str
) -> None:
    visit(asked(company, anna)["link"], "POST")
    company.http.patch(f"/crm/{anna}", json={"email": "Anna@Example.com"})
    assert opted_in(company, anna)
    company.http.patch(f"/crm/{anna}", json={"email": "other@example.com"})
    assert not opted_in(company, anna)
    assert consent(company, anna) == ["requested", "confirmed", "withdrawn"]
    assert company.events(anna)[-1]["data"] == {"reason": "address_changed"}


def test_thirty_presses_at_once_agree_once(company: Tenant, anna: str) -> None:
    link = asked(company, anna)["link"]
    with ThreadPoolExecutor(30) as fingers:
        answers = list(fingers.map(lambda _: visit(link, "POST"), range(30)))
    assert {heading(answer) for answer in answers} == {"Thank you"}
    assert consent(company, anna) == ["requested", "confirmed"]


def test_the_page_needs_nothing_else_and_lets_nothing_else_in(company: Tenant, anna: str) -> None:
    link = asked(company, anna)["link"]
    for page in (visit(link), visit(link, "POST"), visit(f"{link}/withdraw"), visit(f"{link}x")):
        headers = page.headers
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        (style,) = re.findall("<style>(.*?)</style>", page.text, re.DOTALL)
        digest = b64encode(sha256(style.encode()).digest()).decode()
        assert headers["content-security-policy"].split("; ") == [
            "default-src 'none'",
            f"style-src 'sha256-{digest}'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ]
        assert not re.search("<script|style=|src=|https?://", page.text)


@pytest.mark.parametrize(
    ("known", "sent", "browser", "title"),
    [
        ("de", {}, "en", "Stimmen Sie zu?"),
        ("de", {"language": "en"}, "de", "Do you agree?"),
        (None, {}, "de-DE,de;q=0.9,en;q=0.8", "Stimmen Sie zu?"),
        (None, {}, "fr", "Do you agree?"),
        ("fr", {}, "de", "Do you agree?"),
    ],
)
def test_the_page_speaks_the_contact_s_language_else_the_browser_s(
    company: Tenant, known: str | None, sent: dict[str, str], browser: str, title: str
) -> None:
    contact = company.create(email="anna@example.com", language=known)
    link = asked(company, contact["id"], **sent)["link"]
    page = visit(link, **{"Accept-Language": browser})
    assert heading(page) == title
    assert f'<html lang="{"de" if "Sie" in title else "en"}">' in page.text


def test_who_cannot_be_asked_is_told_apart(company: Tenant) -> None:
    by_phone = company.create(phoneNumber="+4915112345678")["id"]
    answer = company.http.post(f"/crm/{by_phone}/optin", json={"wording": "May we?"})
    expect_refusal(answer, 409)
    assert answer.json()["code"] == "no_email_address"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "wording"),
        ({"wording": None}, "wording"),
        ({"wording": " \n"}, "wording"),
        ({"wording": "a\0b"}, "wording"),
        ({"wording": "ü" * 32_769}, "wording"),
        ({"wording": "May we?", "language": "much too long"}, "language"),
        ({"wording": "May we?", "email": "other@example.com"}, "email"),
    ],
)
def test_a_damaged_request_is_refused_by_the_name_of_its_field(
    company: Tenant, anna: str, body: dict[str, object], field: str
) -> None:
    with nothing_recorded(company):
        expect_refusal(company.http.post(f"/crm/{anna}/optin", json=body), 400, field)


def test_the_longest_wording_is_shown_whole(company: Tenant, anna: str) -> None:
    wording = "ü" * 32_768
    assert wording in visit(asked(company, anna, wording)["link"]).text
