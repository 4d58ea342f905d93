"""If-Match: a change that is based on an old version does nothing and is told what it missed."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.acceptance.conftest import Tenant, client_of
from tests.acceptance.refusals import expect_refusal, nothing_recorded

CALLS: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "update": ("PATCH", "/crm/{}", {"firstName": "Anne"}),
    "delete": ("DELETE", "/crm/{}", None),
    "restore": ("POST", "/crm/{}/restore", None),
    "form": ("POST", "/crm/{}/forms", {"answers": {}}),
    "ask": ("POST", "/crm/{}/optin", {"wording": "May we?"}),
    "withdraw": ("DELETE", "/crm/{}/optin", None),
    "undo": ("POST", "/crm/{}/undo", {"version": 2}),
    "erase": ("POST", "/crm/{}/erase", {"reason": "mistake"}),
}


@pytest.fixture
def anna(company: Tenant) -> str:
    """A contact at version 2."""
    contact_id = str(company.create(firstName="Anna", email="anna@example.com")["id"])
    company.http.patch(f"/crm/{contact_id}", json={"notes": "first"})
    return contact_id


def call(company: Tenant, name: str, contact_id: str, tags: str) -> httpx2.Response:
    method, path, body = CALLS[name]
    headers = {"If-Match": tags}
    return company.http.request(method, path.format(contact_id), json=body, headers=headers)


def patch(company: Tenant, contact_id: str, tags: str, **fields: Any) -> httpx2.Response:
    return company.http.patch(f"/crm/{contact_id}", json=fields, headers={"If-Match": tags})


@pytest.mark.parametrize("name", list(CALLS))
def test_a_call_for_the_version_that_there_is_is_granted(
    company: Tenant, anna: str, name: str
) -> None:
    tag = company.http.get(f"/crm/{anna}").headers["etag"]
    assert call(company, name, anna, tag).is_success


@pytest.mark.parametrize("name", list(CALLS))
def test_a_call_for_another_version_does_nothing(company: Tenant, anna: str, name: str) -> None:
    with nothing_recorded(company):
        answer = call(company, name, anna, '"1"')
    expect_refusal(answer, 412)
    assert answer.json()["code"] == "version_conflict"
    assert answer.headers["etag"] == '"2"'


def test_who_comes_too_late_is_told_what_was_missed(company: Tenant, anna: str) -> None:
    company.http.patch(f"/crm/{anna}", json={"title": "Dr.", "additionalData": {"Role": "CTO"}})
    company.http.patch(f"/crm/{anna}", json={"tags": ["VIP"]})
    problem = patch(company, anna, '"2"', notes="second").json()
    assert problem["currentVersion"] == 4
    assert problem["missedChanges"] == [
        {"version": 3, "kind": "contact.updated", "fields": ["title", "additionalData.Role"]},
        {"version": 4, "kind": "contact.tagged", "fields": ["tags"]},
    ]


def test_of_many_who_have_read_the_same_version_one_changes_it(company: Tenant, anna: str) -> None:
    def change(number: int) -> int:
        with client_of(company.running, company.key) as http:
            body, headers = {"notes": f"note {number}"}, {"If-Match": '"2"'}
            return http.patch(f"/crm/{anna}", json=body, headers=headers).status_code

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(change, range(10)))
    assert sorted(answers) == [200] + [412] * 9
    assert len(company.events(anna)) == 3


def test_read_change_and_try_again_loses_nothing(company: Tenant, anna: str) -> None:
    """Two who each add a line to the notes, over and over, find every line there."""

    def add(name: str) -> None:
        with client_of(company.running, company.key) as http:
            for number in range(5):
                while True:
                    read = http.get(f"/crm/{anna}")
                    notes = f"{read.json()['item']['notes']}\n{name} {number}"
                    headers = {"If-Match": read.headers["etag"]}
                    answer = http.patch(f"/crm/{anna}", json={"notes": notes}, headers=headers)
                    if answer.status_code == 200:
                        break
                    assert answer.status_code == 412

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(add, ("a", "b")))
    lines = company.read(anna)["item"]["notes"].split("\n")
    assert sorted(lines) == [
        "a 0",
        "a 1",
        "a 2",
        "a 3",
        "a 4",
        "b 0",
        "b 1",
        "b 2",
        "b 3",
        "b 4",
        "first",
    ]


@pytest.mark.parametrize("tags", ['"2"', '"1", "2"', 'W/"1","2"', "*", ""])
def test_any_of_several_tags_will_do_and_a_star_stands_for_all(
    company: Tenant, anna: str, tags: str
) -> None:
    assert patch(company, anna, tags, notes="second").status_code == 200


@pytest.mark.parametrize("tags", ['"3"', '"1", "9"', 'W/"2"', '"02"', '"two"', '""'])
def test_a_weak_tag_and_one_that_no_version_has_match_nothing(
    company: Tenant, anna: str, tags: str
) -> None:
    with nothing_recorded(company):
        answer = patch(company, anna, tags, notes="second")
    expect_refusal(answer, 412)
    assert answer.json()["currentVersion"] == 2


@pytest.mark.parametrize("tags", ["2", '"2', '"1" "2"', '"2",', '*, "2"'])
def test_a_damaged_tag_is_refused_by_its_name(company: Tenant, anna: str, tags: str) -> None:
    with nothing_recorded(company):
        expect_refusal(patch(company, anna, tags, notes="second"), 400, "If-Match")


@pytest.mark.parametrize("tags", ["*", '"1"'])
def test_nobody_is_changed_who_is_not_there(company: Tenant, anna: str, tags: str) -> None:
    unknown = "01900000-0000-7000-8000-000000000000"
    expect_refusal(patch(company, unknown, tags, notes="x"), 404)
    company.http.delete(f"/crm/{anna}")
    expect_refusal(patch(company, anna, tags, notes="x"), 404)
    company.http.post(f"/crm/{anna}/erase", json={"reason": "mistake"})
    expect_refusal(patch(company, anna, tags, notes="x"), 410)


def test_a_change_that_was_granted_is_answered_again_although_the_version_is_gone(
    company: Tenant, anna: str
) -> None:
    headers = {"If-Match": '"2"', "Idempotency-Key": "once"}
    first, again = (
        company.http.patch(f"/crm/{anna}", json={"notes": "second"}, headers=headers)
        for _ in range(2)
    )
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
