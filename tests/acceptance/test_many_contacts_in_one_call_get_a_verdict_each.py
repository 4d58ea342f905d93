"""POST /crm/bulk and /crm/bulk-delete: a verdict for each row, and no row touches another."""

from collections.abc import Callable

import pytest

from tests.acceptance.conftest import Tenant


def statuses(answer: dict[str, list[dict[str, object]]]) -> list[object]:
    return [result["status"] for result in answer["results"]]


def test_each_row_gets_the_verdict_it_deserves(company: Tenant) -> None:
    known = company.http.post("/crm", json={"email": "known@example.com"}).json()["item"]["id"]
    answer = company.http.post(
        "/crm/bulk",
        json={
            "contacts": [
                {"email": "one@example.com", "tags": ["Lead"]},
                {"email": "Known@example.com"},
                {},
                {"email": "not an address"},
                {"email": "ONE@example.com"},
                {"phoneNumber": "0151 12345678", "emial": "typo"},
                17,
            ]
        },
    )
    assert answer.status_code == 201
    body = answer.json()
    assert statuses(body) == [
        "created", "skipped", "failed", "failed", "skipped", "failed", "failed",
    ]  # fmt: skip
    assert [body[name] for name in ("created", "updated", "unchanged", "skipped", "failed")] == [
        1, 0, 0, 2, 4,
    ]  # fmt: skip
    results = body["results"]
    assert [result["index"] for result in results] == list(range(7))
    assert results[1]["id"] == known
    assert {error["field"] for error in results[2]["errors"]} == {"email", "phoneNumber"}
    assert results[3]["errors"][0]["field"] == "email"
    assert "row 0" in results[4]["errors"][0]["message"]
    assert results[5]["errors"][0]["field"] == "emial"
    assert company.http.get("/crm").json()["total"] == 2


def test_existing_contacts_are_updated_when_asked_for(company: Tenant) -> None:
    company.http.post("/crm", json={"email": "a@example.com", "notes": "old"})
    company.http.post("/crm", json={"email": "b@example.com", "notes": "same"})
    body = company.http.post(
        "/crm/bulk",
        json={
            "updateExisting": True,
            "contacts": [
                {"email": "a@example.com", "notes": "new"},
                {"email": "b@example.com", "notes": "same"},
                {"email": "c@example.com"},
            ],
        },
    ).json()
    assert statuses(body) == ["updated", "unchanged", "created"]


def test_references_that_cannot_be_resolved_are_kept(company: Tenant) -> None:
    row = {
        "email": "a@example.com",
        "accountOwnerEmail": "boss@example.com",
        "crmCompanyRef": "ACME",
        "meetingTypeRef": "discovery",
    }
    body = company.http.post("/crm/bulk", json={"contacts": [row]}).json()
    item = company.http.get(f"/crm/{body['results'][0]['id']}").json()["item"]
    row.pop("email")
    assert item["additionalData"] == row


def test_a_thousand_rows_are_one_call_and_one_more_is_refused(company: Tenant) -> None:
    rows = [{"email": f"p{number}@example.com", "notes": "x" * 2_000} for number in range(1_000)]
    body = company.http.post("/crm/bulk", json={"contacts": rows}).json()
    assert body["created"] == 1_000
    assert company.http.get("/crm").json()["total"] == 1_000
    answer = company.http.post("/crm/bulk", json={"contacts": [*rows, {"email": "z@example.com"}]})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "contacts"


@pytest.mark.parametrize("body", [{"contacts": []}, {}, {"contacts": {}}, {"contacts": None}])
def test_a_list_without_rows_is_refused(company: Tenant, body: dict[str, object]) -> None:
    answer = company.http.post("/crm/bulk", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "contacts"


@pytest.mark.parametrize("flag", [1, 0, "true", None])
def test_a_flag_that_is_neither_true_nor_false_is_refused(company: Tenant, flag: object) -> None:
    body = {"contacts": [{"email": "a@example.com"}], "updateExisting": flag}
    answer = company.http.post("/crm/bulk", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "updateExisting"


def test_deleting_many_says_which_were_not_there(
    company: Tenant, new_company: Callable[[], Tenant]
) -> None:
    ids = [
        company.http.post("/crm", json={"email": f"p{number}@example.com"}).json()["item"]["id"]
        for number in range(3)
    ]
    foreign = new_company()
    theirs = foreign.http.post("/crm", json={"email": "x@example.com"}).json()["item"]["id"]
    body = company.http.post("/crm/bulk-delete", json={"contactIds": [*ids[:2], theirs]}).json()
    assert (body["deleted"], body["notFound"]) == (2, 1)
    assert [result["status"] for result in body["results"]] == ["deleted", "deleted", "notFound"]
    assert company.http.get("/crm").json()["total"] == 1
    assert foreign.http.get("/crm").json()["total"] == 1
