"""Expired, outdated, damaged: such a link records nothing, and tells nobody anything."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from api.database import writing
from api.optin.links import Ask, Links
from api.sealing import Sealer
from domain.application.contacts import Contacts
from domain.application.requests import ById, Done, Request, Step
from domain.contact.commands import EraseContact
from domain.contact.memory import wording_digest
from domain.eventlog.log import Meta
from projections.inline import Inline
from tests.acceptance.conftest import Running, Tenant
from tests.acceptance.optin_links import asked, heading, opted_in, visit
from tests.acceptance.refusals import nothing_recorded

OUTDATED = "This link is no longer valid"


@pytest.fixture
def anna(company: Tenant) -> str:
    return str(company.create(email="anna@example.com", notes="a secret")["id"])


def links(running: Running) -> Links:
    """Links made with the service's own secret, for what time alone would bring."""
    row = running.database.execute("SELECT value FROM edge.secret WHERE name = 'optin'").fetchone()
    assert row is not None
    return Links(Sealer(row[0]), running.url)


def old_link(company: Tenant, contact_id: str, age: timedelta) -> str:
    """The link of a request so long ago."""
    expires_at = datetime.now(UTC) - age + timedelta(days=7)
    whom = (UUID(company.id), UUID(contact_id), "anna@example.com", wording_digest("May we?"))
    return links(company.running).to_confirm(Ask(*whom, expires_at, None))


def expect(company: Tenant, link: str, status: int, title: str) -> None:
    """Neither looking nor pressing does anything but say this."""
    with nothing_recorded(company):
        for method in ("GET", "POST"):
            page = visit(link, method)
            assert (page.status_code, heading(page)) == (status, title)
            assert "anna" not in page.text
            assert "secret" not in page.text
            assert "<form" not in page.text
        assert visit(link, "HEAD").status_code == status


def test_a_link_works_for_seven_days(company: Tenant, anna: str) -> None:
    asked(company, anna)
    too_late = old_link(company, anna, timedelta(days=7, seconds=1))
    expect(company, too_late, 410, "This link has expired")
    visit(old_link(company, anna, timedelta(days=6, hours=23)), "POST")
    assert opted_in(company, anna)


def test_an_expired_link_that_was_used_says_that_it_was(company: Tenant, anna: str) -> None:
    visit(asked(company, anna)["link"], "POST")
    page = visit(old_link(company, anna, timedelta(days=30)))
    assert (page.status_code, heading(page)) == (200, "Thank you")


def test_an_expired_link_still_takes_the_consent_back(company: Tenant, anna: str) -> None:
    visit(asked(company, anna)["link"], "POST")
    page = visit(f"{old_link(company, anna, timedelta(days=3_000))}/withdraw", "POST")
    assert (page.status_code, heading(page)) == (200, "Withdrawn")
    assert not opted_in(company, anna)


def test_a_newer_wording_makes_the_older_link_worthless(company: Tenant, anna: str) -> None:
    older = asked(company, anna)["link"]
    newer = asked(company, anna, "May we call you?")["link"]
    expect(company, older, 410, OUTDATED)
    visit(newer, "POST")
    assert opted_in(company, anna)
    expect(company, older, 410, OUTDATED)


def test_the_same_wording_asked_again_leaves_both_links_alive(company: Tenant, anna: str) -> None:
    older = asked(company, anna)["link"]
    asked(company, anna)
    visit(older, "POST")
    assert opted_in(company, anna)


def test_another_address_makes_the_link_worthless_for_agreeing_and_for_withdrawing(
    company: Tenant, anna: str
) -> None:
    old = asked(company, anna)["link"]
    company.http.patch(f"/crm/{anna}", json={"email": "berta@example.com"})
    expect(company, old, 410, OUTDATED)
    visit(asked(company, anna)["link"], "POST")
    expect(company, old, 410, OUTDATED)
    expect(company, f"{old}/withdraw", 410, OUTDATED)
    assert opted_in(company, anna)


def test_the_link_of_somebody_who_took_the_address_over_says_nothing(
    company: Tenant, anna: str
) -> None:
    old = asked(company, anna)["link"]
    company.http.patch(f"/crm/{anna}", json={"email": "new@example.com"})
    berta = company.create(email="anna@example.com")["id"]
    asked(company, berta)
    expect(company, old, 410, OUTDATED)
    assert not opted_in(company, berta)


def test_a_request_that_was_taken_back_cannot_be_agreed_to(company: Tenant, anna: str) -> None:
    link = asked(company, anna)["link"]
    company.http.delete(f"/crm/{anna}/optin")
    expect(company, link, 410, OUTDATED)


def test_a_deleted_contact_is_not_asked_until_it_is_restored(company: Tenant, anna: str) -> None:
    link = asked(company, anna)["link"]
    company.http.delete(f"/crm/{anna}")
    expect(company, link, 410, OUTDATED)
    company.http.post(f"/crm/{anna}/restore")
    assert visit(link).status_code == 200


def test_of_an_erased_contact_nothing_is_left_to_say(company: Tenant, anna: str) -> None:
    link = asked(company, anna)["link"]
    visit(link, "POST")
    erase(company, anna)
    expect(company, link, 410, OUTDATED)
    expect(company, f"{link}/withdraw", 410, OUTDATED)


def erase(company: Tenant, contact_id: str) -> None:
    """Destroy a contact's data as the service does."""
    url = company.running.database_url
    step = Step(ById(UUID(contact_id)), EraseContact("subject_request"))
    contacts = Contacts(writing(url, "5s"), Inline())
    (done,) = contacts.run([Request(UUID(company.id), (step,), Meta())], wait=True)
    contacts.close()
    assert isinstance(done, Done)
    company.running.database.execute("SELECT log.erase(%s, %s)", (company.id, contact_id))


def without_last(link: str) -> str:
    return link[:-2]


def of_another_company(link: str) -> str:
    head, _, token = link.rpartition("/")
    return f"{head}/{uuid4().hex}{token[32:]}"


def in_other_letters(link: str) -> str:
    return link[:-10] + link[-10:].swapcase()


def made_up(link: str) -> str:
    return link.rpartition("/")[0] + "/made-up-%F0%9F%92%A9%00"


@pytest.mark.parametrize("damage", [without_last, of_another_company, in_other_letters, made_up])
def test_a_damaged_link_is_not_known(
    company: Tenant, anna: str, damage: Callable[[str], str]
) -> None:
    link = damage(asked(company, anna)["link"])
    expect(company, link, 404, "This link does not work")
    expect(company, f"{link}/withdraw", 404, "This link does not work")


def test_a_link_leads_nowhere_else(company: Tenant, anna: str) -> None:
    link = asked(company, anna)["link"]
    assert visit(f"{link}/delete").status_code == 404
    assert visit(link, "DELETE").status_code == 405
    assert visit(link, "PUT").headers["allow"] == "GET, HEAD, POST"
