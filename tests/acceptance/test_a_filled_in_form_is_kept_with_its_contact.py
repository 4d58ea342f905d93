"""Forms: what is kept, what is answered, and what a second delivery does."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.acceptance.conftest import Tenant
from tests.acceptance.refusals import expect_refusal, nothing_recorded

FEEDBACK: dict[str, Any] = {
    "id": "submission-1",
    "formId": "feedback",
    "formName": "Wie war's?",
    "answers": {"How was it?": "Good 🙂", "Rating": 5, "Topics": ["price", None], "": {"a": {}}},
    "submittedAt": "2026-06-02T12:00:00.250+02:00",
}
KEPT = {**FEEDBACK, "submittedAt": "2026-06-02T10:00:00.250Z"}


@pytest.fixture
def anna(company: Tenant) -> str:
    return str(company.create(email="anna@example.com")["id"])


def submit(company: Tenant, contact_id: str, **fields: Any) -> dict[str, Any]:
    answer = company.http.post(f"/crm/{contact_id}/forms", json=fields)
    assert answer.status_code == 201, answer.text
    content: dict[str, Any] = answer.json()
    return content


def test_a_form_is_answered_as_it_is_kept_and_shown_in_the_details(
    company: Tenant, anna: str
) -> None:
    assert submit(company, anna, **FEEDBACK) == KEPT
    assert company.read(anna)["formSubmissions"] == [KEPT]
    assert [event["topic"] for event in company.events(anna)] == [
        "contact.created",
        "contact.form_submitted",
    ]


def test_the_same_submission_counts_once_and_the_first_one_stays(
    company: Tenant, anna: str
) -> None:
    submit(company, anna, **FEEDBACK)
    with nothing_recorded(company):
        again = submit(company, anna, id="submission-1", answers={"How was it?": "Bad"})
    assert again == KEPT
    assert company.read(anna)["formSubmissions"] == [KEPT]


def test_an_id_and_a_time_are_made_up_where_there_is_none(company: Tenant, anna: str) -> None:
    first, second = (submit(company, anna, answers={}) for _ in range(2))
    assert UUID(first["id"]) != UUID(second["id"])
    assert (first["formId"], first["formName"], first["answers"]) == (None, None, {})
    age = datetime.now(UTC) - datetime.fromisoformat(first["submittedAt"])
    assert abs(age) < timedelta(minutes=1)


def test_submissions_are_shown_by_time(company: Tenant, anna: str) -> None:
    for day in (3, 1, 2):
        submit(company, anna, answers={"day": day}, submittedAt=f"2026-06-0{day}T00:00:00Z")
    shown = company.read(anna)["formSubmissions"]
    assert [one["answers"]["day"] for one in shown] == [1, 2, 3]


def test_two_people_may_have_submissions_of_one_id(company: Tenant, anna: str) -> None:
    bert = company.create(email="bert@example.com")["id"]
    submit(company, anna, **FEEDBACK)
    submit(company, bert, **FEEDBACK)
    assert company.read(bert)["formSubmissions"] == company.read(anna)["formSubmissions"]


def test_a_form_changes_nothing_else(company: Tenant, anna: str) -> None:
    before = company.read(anna)["item"]
    submit(company, anna, answers={"firstName": "Eve", "tags": ["VIP"]})
    after = company.read(anna)["item"]
    assert {**after, "updatedAt": None} == {**before, "updatedAt": None}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "answers"),
        ({"answers": None}, "answers"),
        ({"answers": ["Good"]}, "answers"),
        ({"answers": {"a": "\0"}}, "answers"),
        ({"answers": {"a": "x" * 65_536}}, "answers"),
        ({"answers": {}, "id": ""}, "id"),
        ({"answers": {}, "formId": "x" * 256}, "formId"),
        ({"answers": {}, "submittedAt": "yesterday"}, "submittedAt"),
        ({"answers": {}, "submittedAt": "2026-06-02T10:00:00"}, "submittedAt"),
        ({"answers": {}, "submitedAt": "2026-06-02T10:00:00Z"}, "submitedAt"),
    ],
)
def test_a_damaged_form_is_refused_by_the_name_of_its_field(
    company: Tenant, anna: str, fields: dict[str, Any], named: str
) -> None:
    with nothing_recorded(company):
        answer = company.http.post(f"/crm/{anna}/forms", json=fields)
    expect_refusal(answer, 400, named)


def test_who_is_not_there_fills_in_no_forms(company: Tenant, anna: str) -> None:
    nobody = company.http.post(f"/crm/{uuid4()}/forms", json=FEEDBACK)
    assert (nobody.status_code, nobody.json()["code"]) == (404, "contact_not_found")
    company.http.delete(f"/crm/{anna}")
    hidden = company.http.post(f"/crm/{anna}/forms", json=FEEDBACK)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "contact_deleted")
