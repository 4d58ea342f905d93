"""Undo: a new event puts back what an old one changed, unless it was changed again since."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.acceptance.conftest import Tenant, client_of
from tests.acceptance.refusals import expect_refusal, nothing_recorded
from tests.acceptance.stories import erase, good, history

WHOLE: dict[str, Any] = {
    "firstName": "Anna",
    "lastName": "Müller",
    "email": "anna@example.com",
    "phoneNumber": "+49 30 901820",
    "notes": "old",
    "address": {"city": "Köln"},
    "additionalData": {"a": 1, "b": [2]},
    "tags": ["Lead", "VIP"],
}


def undo(company: Tenant, contact_id: str, version: int) -> httpx2.Response:
    return company.http.post(f"/crm/{contact_id}/undo", json={"version": version})


def change(company: Tenant, contact_id: str, **fields: Any) -> None:
    good(company.http.patch(f"/crm/{contact_id}", json=fields))


def without_times(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "updatedAt"}


@pytest.mark.parametrize(
    "fields",
    [
        {"firstName": "Anne", "lastName": None},
        {"email": "other@example.com", "phoneNumber": "0151 1"},
        {"phoneNumber": None},
        {"address": None, "notes": "new", "language": "de"},
        {"additionalData": {"a": None, "b": {"x": True}, "c": "new"}},
        {"tags": ["Lead", "VIP", "New"]},
        {"tags": ["VIP"]},
    ],
)
def test_what_an_event_changed_is_put_back_by_a_new_one(
    company: Tenant, fields: dict[str, Any]
) -> None:
    before = company.create(**WHOLE)
    change(company, before["id"], **fields)
    changed = company.read(before["id"])["item"]
    answer = good(undo(company, before["id"], 2))
    shown, asked = without_times(answer.json()["item"]), without_times(before)
    assert sorted(shown.pop("tags")) == sorted(asked.pop("tags"))
    assert shown == asked
    events = history(company, before["id"])["events"]
    assert [event["version"] for event in events] == [1, 2, 3]
    good(undo(company, before["id"], 3))
    again = without_times(company.read(before["id"])["item"])
    assert {**again, "tags": set(again["tags"])} == {
        **without_times(changed),
        "tags": set(changed["tags"]),
    }


def test_later_changes_of_other_fields_stay(company: Tenant) -> None:
    contact_id = company.create(**WHOLE)["id"]
    change(company, contact_id, firstName="Anne", additionalData={"a": 2})
    change(company, contact_id, lastName="Maier", additionalData={"b": 3})
    change(company, contact_id, tags=["Lead"])
    good(undo(company, contact_id, 2))
    item = company.read(contact_id)["item"]
    assert (item["firstName"], item["lastName"], item["tags"]) == ("Anna", "Maier", ["Lead"])
    assert item["additionalData"] == {"a": 1, "b": 3}


def test_what_was_changed_again_is_left_alone_and_named(company: Tenant) -> None:
    contact_id = company.create(**WHOLE)["id"]
    change(company, contact_id, firstName="Anne", notes="new", additionalData={"a": 2})
    change(company, contact_id, firstName="Anke", additionalData={"a": 3})
    change(company, contact_id, lastName="Maier")
    change(company, contact_id, notes="newer")
    with nothing_recorded(company):
        answer = undo(company, contact_id, 2)
    expect_refusal(answer, 409)
    assert answer.json()["code"] == "changed_since"
    assert answer.json()["laterChanges"] == [
        {"version": 3, "fields": ["additionalData.a", "firstName"]},
        {"version": 5, "fields": ["notes"]},
    ]


def test_a_change_is_undone_once(company: Tenant) -> None:
    contact_id = company.create(**WHOLE)["id"]
    change(company, contact_id, firstName="Anne")
    good(undo(company, contact_id, 2))
    refused = undo(company, contact_id, 2)
    expect_refusal(refused, 409)
    assert refused.json()["laterChanges"] == [{"version": 3, "fields": ["firstName"]}]


def test_an_address_that_somebody_else_has_by_now_does_not_come_back(company: Tenant) -> None:
    contact_id = company.create(**WHOLE)["id"]
    change(company, contact_id, email="other@example.com")
    holder = company.create(email="anna@example.com")["id"]
    refused = undo(company, contact_id, 2)
    expect_refusal(refused, 409, "email")
    assert refused.json()["existingContactId"] == holder


def test_the_last_address_is_not_taken_away(company: Tenant) -> None:
    contact_id = company.create(email="a@example.com")["id"]
    change(company, contact_id, phoneNumber="+4930901820")
    change(company, contact_id, email=None)
    with nothing_recorded(company):
        expect_refusal(undo(company, contact_id, 2), 400, "email", "phoneNumber")


def test_only_changes_of_fields_and_tags_can_be_undone(company: Tenant) -> None:
    (row,) = company.book({"email": "a@example.com"})
    with nothing_recorded(company):
        for version in (1, 2):
            refused = undo(company, row["id"], version)
            expect_refusal(refused, 409)
            assert refused.json()["code"] == "not_undoable"
        for version in (0, 3, 2**31):
            expect_refusal(undo(company, row["id"], version), 400, "version")


def test_a_deleted_or_erased_contact_stays_as_it_is(company: Tenant) -> None:
    contact_id = company.create(**WHOLE)["id"]
    change(company, contact_id, notes="new")
    company.http.delete(f"/crm/{contact_id}")
    expect_refusal(undo(company, contact_id, 2), 404)
    erase(company, contact_id)
    expect_refusal(undo(company, contact_id, 2), 410)


def test_of_ten_who_undo_the_same_at_once_one_does(company: Tenant) -> None:
    contact_id = company.create(**WHOLE)["id"]
    change(company, contact_id, firstName="Anne")

    def one(number: int) -> int:
        with client_of(company.running, company.key) as http:
            if number % 2:
                return http.patch(f"/crm/{contact_id}", json={"notes": str(number)}).status_code
            return http.post(f"/crm/{contact_id}/undo", json={"version": 2}).status_code

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(one, range(20)))
    assert answers[1::2] == [200] * 10
    assert answers[::2].count(200) == 1
    assert set(answers[::2]) <= {200, 409, 503}
    assert company.read(contact_id)["item"]["firstName"] == "Anna"
    undone = [
        event
        for event in history(company, contact_id)["events"][2:]
        if "firstName" in event["data"]
    ]
    assert len(undone) == 1
