"""History: every event with its place, time and actor, in words, as data and field by field."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.acceptance.conftest import Tenant, client_of
from tests.acceptance.refusals import expect_refusal, nothing_recorded
from tests.acceptance.stories import KINDS, erase, history, tell


def fields(event: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {change["field"]: (change["old"], change["new"]) for change in event["changes"]}


@pytest.fixture(scope="module")
def story(shared_company: Tenant) -> str:
    """Somebody to whom all of it happened."""
    return tell(shared_company)


@pytest.fixture(scope="module")
def events(shared_company: Tenant, story: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = history(shared_company, story)["events"]
    return told


def test_every_event_is_told_in_order_with_its_place(
    shared_company: Tenant, story: str, events: list[dict[str, Any]]
) -> None:
    assert [event["kind"].removeprefix("contact.") for event in events] == KINDS
    stored = shared_company.events(story)
    for event, row in zip(events, stored, strict=True):
        assert event["position"] == row["position"]
        assert event["version"] == row["version"]
        assert (event["source"], event["requestId"]) == (row["source"], row["request_id"])
    times = [datetime.fromisoformat(event["recordedAt"]) for event in events]
    assert times == sorted(times)
    assert all(len(event["recordedAt"]) == len("2026-06-01T10:00:00.123456Z") for event in events)


def test_it_reads_as_a_story(events: list[dict[str, Any]]) -> None:
    assert [event["words"] for event in events] == [
        "Created as Anna",
        "Booked Discovery Call for 2030-01-15 08:00 UTC",
        "Changed firstName, additionalData.Role",
        "Tagged VIP",
        "Discovery Call of 2030-01-15 08:00 UTC was missed",
        "Opt-in was asked for at anna@example.com",
        "Opt-in was confirmed at anna@example.com",
        "Deleted",
        "Restored",
    ]


def test_each_event_names_the_fields_that_it_changed(events: list[dict[str, Any]]) -> None:
    changed = dict(zip(KINDS, map(fields, events), strict=True))
    assert changed["created"]["email"] == (None, "anna@example.com")
    assert changed["updated"] == {
        "firstName": ("Anna", "Anne"),
        "additionalData.Role": (None, "CTO"),
    }
    assert changed["tagged"] == {"tags": ([], ["VIP"])}
    assert changed["no_show_marked"] == {
        "noShowCount": (0, 1),
        "appointments.appt-1/att-1.isNoShow": (False, True),
    }
    assert changed["optin_requested"] == {}
    assert changed["optin_confirmed"] == {"tags": (["VIP"], ["VIP", "Optin"])}
    assert changed["deleted"] == {"status": ("live", "deleted")}
    (booked,) = changed["booking_linked"].values()
    assert booked[0] is None
    assert booked[1]["meetingType"]["name"] == "Discovery Call"


def test_the_data_of_an_event_is_what_was_recorded(events: list[dict[str, Any]]) -> None:
    data = dict(zip(KINDS, (event["data"] for event in events), strict=True))
    assert data["updated"] == {"firstName": "Anne", "additionalData": {"Role": "CTO"}}
    assert data["booking_linked"]["appointmentId"] == "appt-1"
    assert data["optin_requested"]["wording"] == "May we write to you?"
    assert data["deleted"] == {}


def test_an_actor_is_a_key_with_its_name_and_the_user_it_acted_for(company: Tenant) -> None:
    made = company.running.contacts(
        "keys", "create", "--company", company.id, "--name", "website", "--json"
    )
    with client_of(company.running, made["key"]) as http:
        headers = {"x-meetergo-api-user-id": "user-17"}
        answer = http.post("/crm", json={"email": "a@example.com"}, headers=headers)
    contact_id = answer.json()["item"]["id"]
    company.http.delete(f"/crm/{contact_id}")
    first, second = (event["actor"] for event in history(company, contact_id)["events"])
    assert first == {"keyId": made["id"], "keyName": "website", "userId": "user-17"}
    assert (second["keyName"], second["userId"]) == (None, None)
    assert second["keyId"] == company.http.get("/v4/user/me").json()["id"]


def test_true_in_place_of_1_is_a_change(company: Tenant) -> None:
    contact_id = company.create(email="a@example.com", additionalData={"a": 1, "b": 1})["id"]
    company.http.patch(f"/crm/{contact_id}", json={"additionalData": {"a": True}})
    *_, last = history(company, contact_id)["events"]
    assert fields(last) == {"additionalData.a": (1, True)}


def test_pages_put_together_are_the_whole(
    shared_company: Tenant, story: str, events: list[dict[str, Any]]
) -> None:
    after: int | None = 0
    together: list[dict[str, Any]] = []
    while after is not None:
        page = history(shared_company, story, after=after, limit=2)
        assert len(page["events"]) <= 2
        together += page["events"]
        after = page["nextAfter"]
    assert together == events
    assert history(shared_company, story, after=99) == {
        "contactId": story,
        "events": [],
        "nextAfter": None,
    }


@pytest.mark.parametrize(("field", "value"), [("limit", 0), ("limit", 501), ("after", -1)])
def test_a_page_that_cannot_be_is_refused(
    shared_company: Tenant, story: str, field: str, value: int
) -> None:
    answer = shared_company.http.get(f"/crm/{story}/history", params={field: value})
    expect_refusal(answer, 400, field)


def test_the_history_of_a_deleted_contact_stays(company: Tenant) -> None:
    contact_id = tell(company)
    company.http.delete(f"/crm/{contact_id}")
    assert len(history(company, contact_id)["events"]) == len(KINDS) + 1


def test_of_an_erased_contact_only_the_skeleton_is_left(company: Tenant) -> None:
    contact_id = tell(company)
    before = history(company, contact_id)["events"]
    erase(company, contact_id)
    answer = company.http.get(f"/crm/{contact_id}/history")
    after = answer.json()["events"]
    kept = ("position", "version", "recordedAt", "kind", "actor", "source", "requestId")
    assert [[event[name] for name in kept] for event in after[:-1]] == [
        [event[name] for name in kept] for event in before
    ]
    assert {str(event["data"]) for event in after[:-1]} == {"None"}
    assert [event["changes"] for event in after] == [[]] * len(after)
    assert after[-1]["data"] == {"reason": "subject_request"}
    assert "erased" in after[0]["words"]
    for personal in ("Ann", "anna", "appt-1", "VIP", "CTO"):
        assert personal not in answer.text


def test_who_is_nobody_or_of_another_company_has_no_history(
    shared_company: Tenant, story: str, company: Tenant
) -> None:
    for http, contact_id in ((shared_company.http, uuid4()), (company.http, story)):
        answer = http.get(f"/crm/{contact_id}/history")
        expect_refusal(answer, 404)
        assert answer.json()["code"] == "contact_not_found"


def test_only_auditors_read_it_and_reading_records_nothing(
    shared_company: Tenant, story: str
) -> None:
    paths = ("history", "diff?from=position:1", "explain/Optin")
    running = shared_company.running
    for scopes, status in (("contacts:write,contacts:erase", 403), ("audit", 200)):
        command = ("keys", "create", "--company", shared_company.id, "--scopes", scopes, "--json")
        key = running.contacts(*command)["key"]
        with client_of(running, key) as http, nothing_recorded(shared_company):
            for path in paths:
                assert http.get(f"/crm/{story}/{path}").status_code == status
