"""PATCH: only what is sent changes, null clears, and what changes nothing leaves no trace."""

from typing import Any
from uuid import uuid4

import pytest

from tests.acceptance.conftest import Tenant
from tests.acceptance.refusals import expect_refusal, nothing_recorded

FULL: dict[str, Any] = {
    "firstName": "Anna",
    "lastName": "Müller",
    "email": "anna@example.com",
    "phoneNumber": "+4930901820",
    "tags": ["Lead", "VIP"],
    "notes": "met in Berlin",
    "crmCompanyId": str(uuid4()),
    "accountOwnerId": str(uuid4()),
    "additionalData": {"a": 1, "b": {"c": [True, None, 1.5]}, "d": "é"},
    "address": {
        "line1": "Hauptstr. 1",
        "line2": None,
        "line3": None,
        "city": "Berlin",
        "zip": "10115",
        "country": "DE",
    },
    "language": "de",
    "title": "Dr.",
    "employer": "ACME",
    "seniority": "senior",
    "function": "sales",
    "location": "Berlin",
}
NEW: dict[str, Any] = {
    "firstName": "Hanna",
    "lastName": "Miller",
    "email": "hanna@example.com",
    "phoneNumber": "+4930901821",
    "tags": ["Customer"],
    "notes": "called",
    "crmCompanyId": str(uuid4()),
    "accountOwnerId": str(uuid4()),
    "address": {**dict.fromkeys(FULL["address"]), "city": "Köln"},
    "language": "en",
    "title": "Prof.",
    "employer": "ZCME",
    "seniority": "junior",
    "function": "support",
    "location": "Köln",
}


def change(company: Tenant, contact: dict[str, Any], **fields: Any) -> dict[str, Any]:
    answer = company.http.patch(f"/crm/{contact['id']}", json=fields)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


def test_every_field_is_kept_as_it_was_sent(company: Tenant) -> None:
    contact = company.create(**FULL)
    assert {name: contact[name] for name in FULL} == FULL
    assert company.read(contact["id"])["item"] == contact


@pytest.mark.parametrize("name", NEW)
def test_one_field_changes_and_the_others_stay(company: Tenant, name: str) -> None:
    contact = company.create(**FULL)
    changed = change(company, contact, **{name: NEW[name]})["item"]
    expected = {**contact, name: NEW[name], "updatedAt": changed["updatedAt"]}
    assert changed == expected
    assert changed["updatedAt"] >= contact["updatedAt"]
    assert company.read(contact["id"])["item"] == expected


@pytest.mark.parametrize("name", [name for name in FULL if name not in ("tags", "additionalData")])
def test_null_clears(company: Tenant, name: str) -> None:
    contact = company.create(**FULL)
    assert change(company, contact, **{name: None})["item"][name] is None
    assert company.read(contact["id"])["item"][name] is None


def test_null_clears_tags_and_additional_data(company: Tenant) -> None:
    contact = company.create(**FULL)
    assert change(company, contact, tags=None)["tags"] == []
    assert change(company, contact, additionalData=None)["additionalData"] == {}


def test_tags_replace_the_whole_list_each_kept_once(company: Tenant) -> None:
    contact = company.create(email="a@example.com", tags=["b", "a", "b", "B"])
    assert contact["tags"] == ["b", "a", "B"]
    assert set(change(company, contact, tags=["a", "c"])["tags"]) == {"a", "c"}
    assert change(company, contact, tags=[])["tags"] == []


def test_additional_data_merges_and_null_removes_a_key(company: Tenant) -> None:
    contact = company.create(email="a@example.com", additionalData={"a": 1, "b": 2, "c": None})
    assert contact["additionalData"] == {"a": 1, "b": 2}
    changed = change(company, contact, additionalData={"b": None, "c": {"d": None}, "x": None})
    assert changed["additionalData"] == {"a": 1, "c": {"d": None}}
    assert change(company, contact, additionalData={})["additionalData"] == {
        "a": 1,
        "c": {"d": None},
    }


def test_true_is_not_one_and_one_is_not_one_point_zero(company: Tenant) -> None:
    contact = company.create(email="a@example.com", additionalData={"a": 1})
    for value in (True, 1, 0, False, "1", [1], 10**30, 2**53 + 1):
        data = change(company, contact, additionalData={"a": value})["additionalData"]
        assert data["a"] == value
        assert type(data["a"]) is type(value)
        assert company.read(contact["id"])["item"]["additionalData"] == data


def test_somebody_must_stay_reachable(company: Tenant) -> None:
    by_email = company.create(email="a@example.com")
    by_phone = company.create(phoneNumber="+4930901820")
    both = company.create(email="b@example.com", phoneNumber="+4930901820")
    with nothing_recorded(company):
        answers = [
            company.http.patch(f"/crm/{by_email['id']}", json={"email": None, "notes": "x"}),
            company.http.patch(f"/crm/{by_email['id']}", json={"email": " "}),
            company.http.patch(f"/crm/{by_phone['id']}", json={"phoneNumber": None}),
            company.http.patch(f"/crm/{both['id']}", json={"phoneNumber": None, "email": ""}),
        ]
    for answer in answers:
        expect_refusal(answer, 400, "email", "phoneNumber")
    assert change(company, by_email, email=None, phoneNumber="+4930901822")["email"] is None
    assert change(company, both, email=None)["phoneNumber"] == "+4930901820"


@pytest.mark.parametrize("name", FULL)
def test_the_same_value_again_records_nothing(company: Tenant, name: str) -> None:
    contact = company.create(**FULL)
    with nothing_recorded(company):
        assert change(company, contact, **{name: FULL[name]})["item"] == contact


def test_an_empty_change_records_nothing(company: Tenant) -> None:
    contact = company.create(email="a@example.com")
    with nothing_recorded(company):
        unchanged: list[dict[str, Any]]
        unchanged = [{}, {"notes": None}, {"additionalData": {"x": None}}, {"tags": []}]
        for fields in unchanged:
            assert change(company, contact, **fields)["item"] == contact


def test_the_event_carries_only_what_changed(company: Tenant) -> None:
    contact = company.create(**FULL)
    change(company, contact, firstName="Anna", lastName="Meier", notes=None)
    _, changed = company.events(contact["id"])
    assert changed["topic"] == "contact.updated"
    facts = {name: value for name, value in changed["data"].items() if name != "nonce"}
    assert facts == {"last_name": "Meier", "notes": None}


def test_whatever_was_read_can_be_sent_back_and_records_nothing(company: Tenant) -> None:
    created = company.http.post("/crm", json={**FULL, "tags": ["Lead"]}).json()
    contact_id = created["item"]["id"]
    for number in range(2):
        company.book({"id": f"att-{number}", "email": FULL["email"]})
    shapes = [
        company.read(contact_id),
        company.read(contact_id)["item"],
        company.http.get("/crm/details?attendeeId=att-0").json(),
        company.found()[0],
        company.found()[0]["item"],
        company.http.patch(f"/crm/{contact_id}", json={}).json(),
        company.http.post(f"/crm/{contact_id}/restore").json(),
    ]
    assert shapes[1]["tags"] == ["Lead", "Recurring"]
    before = company.read(contact_id)
    with nothing_recorded(company):
        for shape in shapes:
            answer = company.http.patch(f"/crm/{contact_id}", json=shape)
            assert answer.status_code == 200, answer.text
            updated = company.http.post("/crm?updateExisting=true", json=before["item"])
            assert updated.status_code == 200
    assert company.read(contact_id) == before


def test_what_only_the_service_sets_is_ignored(company: Tenant) -> None:
    sent = {
        "id": str(uuid4()),
        "noShowCount": 7,
        "createdAt": "1999-01-01T00:00:00Z",
        "updatedAt": None,
        "item": "anything",
        "appointments": [1],
        "nextAppointmentIso": 5,
        "formSubmissions": {},
    }
    contact = company.create(email="a@example.com", **sent)
    assert contact["id"] != sent["id"]
    assert contact["noShowCount"] == 0
    assert contact["createdAt"] > "2020"
    with nothing_recorded(company):
        assert change(company, contact, **sent)["item"] == contact


def test_derived_tags_can_neither_be_set_nor_removed(company: Tenant) -> None:
    contact = company.create(email="a@example.com", tags=["Recurring", "Optin", "Lead"])
    assert contact["tags"] == ["Lead"]
    with nothing_recorded(company):
        assert change(company, contact, tags=["Optin", "Lead", "Recurring"])["tags"] == ["Lead"]
    for _ in range(2):
        company.book({"email": "a@example.com"})
    with nothing_recorded(company):
        assert change(company, contact, tags=["Lead"])["tags"] == ["Lead", "Recurring"]
    assert change(company, contact, tags=[])["tags"] == ["Recurring"]
    assert [row["id"] for row in company.found(tags="Recurring")] == [contact["id"]]


def test_blank_texts_are_null(company: Tenant) -> None:
    names = ("firstName", "lastName", "email", "notes", "language", "title", "employer", "location")
    contact = company.create(phoneNumber="+4930901820", **dict.fromkeys(names, "  "))
    assert {contact[name] for name in names} == {None}
    contact = company.create(email="a@example.com", phoneNumber="", address={"city": " "})
    assert contact["phoneNumber"] is None
    assert (contact["address"] or {}).get("city") is None


def test_the_entity_tag_is_the_version(company: Tenant) -> None:
    answer = company.http.post("/crm", json={"email": "a@example.com"})
    path = f"/crm/{answer.json()['item']['id']}"
    assert answer.headers["etag"] == '"1"'
    assert company.http.patch(path, json={"notes": "x"}).headers["etag"] == '"2"'
    assert company.http.patch(path, json={"notes": "x"}).headers["etag"] == '"2"'
    assert company.http.get(path).headers["etag"] == '"2"'
    company.http.delete(path)
    assert company.http.post(f"{path}/restore").headers["etag"] == '"4"'


def test_a_contact_that_never_was_cannot_be_changed(company: Tenant) -> None:
    with nothing_recorded(company):
        for method, path in (
            ("GET", ""),
            ("PATCH", ""),
            ("DELETE", ""),
            ("POST", "/restore"),
        ):
            answer = company.http.request(method, f"/crm/{uuid4()}{path}", json={})
            expect_refusal(answer, 404)
            assert answer.json()["code"] == "contact_not_found"
