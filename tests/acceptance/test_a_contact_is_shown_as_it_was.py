"""The past: a contact as of any time, what differs between two, and why a value is what it is."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.acceptance.conftest import Tenant, client_of
from tests.acceptance.refusals import expect_refusal, nothing_recorded
from tests.acceptance.stories import KINDS, erase, good, history, tell


@pytest.fixture(scope="module")
def story(shared_company: Tenant) -> str:
    """Somebody to whom all of it happened."""
    return tell(shared_company)


@pytest.fixture(scope="module")
def when(shared_company: Tenant, story: str) -> dict[str, dict[str, Any]]:
    """The events of the story by kind."""
    return dict(zip(KINDS, history(shared_company, story)["events"], strict=True))


def as_of(company: Tenant, contact_id: str, text: str) -> dict[str, Any]:
    answer = good(company.http.get(f"/crm/{contact_id}", params={"asOf": text}))
    content: dict[str, Any] = answer.json()
    return content


def at(event: dict[str, Any]) -> str:
    return f"position:{event['position']}"


def changes(company: Tenant, contact_id: str, **times: str) -> dict[str, tuple[Any, Any]]:
    content = good(company.http.get(f"/crm/{contact_id}/diff", params=times)).json()
    return {change["field"]: (change["old"], change["new"]) for change in content["changes"]}


def test_a_position_and_its_time_show_the_same_contact(
    shared_company: Tenant, story: str, when: dict[str, dict[str, Any]]
) -> None:
    event = when["updated"]
    by_position = as_of(shared_company, story, at(event))
    assert by_position == as_of(shared_company, story, event["recordedAt"])
    assert by_position == as_of(shared_company, story, event["recordedAt"].lower())
    assert by_position["asOf"] == {"position": event["position"], "time": event["recordedAt"]}
    assert by_position["item"]["firstName"] == "Anne"
    assert by_position["item"]["tags"] == []
    assert by_position["appointments"][0]["isNoShow"] is False
    before = as_of(shared_company, story, at(when["booking_linked"]))
    assert before["item"]["firstName"] == "Anna"


def test_as_of_now_is_what_is_shown_now(shared_company: Tenant, story: str) -> None:
    now = shared_company.http.get(f"/crm/{story}")
    answer = shared_company.http.get(
        f"/crm/{story}", params={"asOf": datetime.now(UTC).isoformat()}
    )
    past = answer.json()
    assert past.pop("asOf")["position"] == shared_company.position()
    assert past == now.json()
    assert answer.headers["etag"] == now.headers["etag"]


def test_details_show_the_past_too(
    shared_company: Tenant, story: str, when: dict[str, dict[str, Any]]
) -> None:
    for who in ({"contactId": story}, {"attendeeId": "att-1"}):
        query = {**who, "asOf": at(when["updated"])}
        details = good(shared_company.http.get("/crm/details", params=query)).json()
        assert details == as_of(shared_company, story, at(when["updated"]))


def test_a_deleted_contact_is_shown_as_it_was_before(company: Tenant) -> None:
    contact_id = tell(company)
    company.http.delete(f"/crm/{contact_id}")
    *_, tagged, _missed, _asked, _agreed, deleted, _restored, _ = history(company, contact_id)[
        "events"
    ]
    assert as_of(company, contact_id, at(tagged))["item"]["tags"] == ["VIP"]
    hidden = company.http.get(f"/crm/{contact_id}", params={"asOf": at(deleted)})
    expect_refusal(hidden, 404)
    assert hidden.json()["code"] == "contact_deleted"


def test_the_next_appointment_is_the_next_one_then(company: Tenant) -> None:
    now = datetime.now(UTC)
    soon = {"start": (now + timedelta(seconds=1)).isoformat()}
    soon["end"] = soon["start"]
    (row,) = company.book({"email": "a@example.com"}, **soon)
    *_, booked = history(company, row["id"])["events"]
    start = row["appointments"][0]["start"]
    assert as_of(company, row["id"], booked["recordedAt"])["nextAppointmentIso"] == start
    while company.read(row["id"])["nextAppointmentIso"]:
        pass
    assert as_of(company, row["id"], booked["recordedAt"])["nextAppointmentIso"] == start
    later = datetime.now(UTC).isoformat()
    assert as_of(company, row["id"], later)["nextAppointmentIso"] is None


def test_before_it_was_made_there_is_no_contact(shared_company: Tenant, story: str) -> None:
    for text in ("2020-01-01T00:00:00+01:00", "1000-01-01T00:00:00Z", "position:0", "position:00"):
        answer = shared_company.http.get(f"/crm/{story}", params={"asOf": text})
        expect_refusal(answer, 404)
        assert answer.json()["code"] == "contact_not_created_yet"
        nobody = shared_company.http.get(f"/crm/{uuid4()}", params={"asOf": text})
        expect_refusal(nobody, 404)
        assert nobody.json()["code"] == "contact_not_found"


def test_position_0_is_the_log_when_it_was_opened(company: Tenant) -> None:
    contact_id = company.create(email="a@example.com")["id"]
    answer = company.http.get(f"/crm/{contact_id}/diff", params={"from": "position:0"})
    opened = good(answer).json()["from"]
    assert opened["position"] == 0
    query = {"from": opened["time"], "to": "position:1"}
    assert good(company.http.get(f"/crm/{contact_id}/diff", params=query)).json()["from"] == opened
    listed = company.http.get("/crm/export", params={"asOf": "position:0", "format": "jsonl"})
    assert good(listed).content == b""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-13-01T00:00:00Z",
        "2026-01-01T00:00:00 01:00",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2999-01-01T00:00:00Z",
        "position:",
        "position:-1",
        "position:\u0661",
        f"position:{'9' * 18}",
        f"position:{'9' * 40}",
        "\0",
        "x" * 65,
    ],
)
def test_a_time_that_is_none_or_still_to_come_is_refused(
    shared_company: Tenant, story: str, text: str
) -> None:
    calls = [
        (f"/crm/{story}", {"asOf": text}, "asOf"),
        ("/crm/details", {"contactId": story, "asOf": text}, "asOf"),
        (f"/crm/{story}/diff", {"from": text}, "from"),
        (f"/crm/{story}/diff", {"from": "2020-01-01T00:00:00Z", "to": text}, "to"),
    ]
    for path, query, field in calls:
        expect_refusal(shared_company.http.get(path, params=query), 400, field)


def test_a_diff_names_what_differs_and_nothing_else(
    shared_company: Tenant, story: str, when: dict[str, dict[str, Any]]
) -> None:
    start, end = at(when["booking_linked"]), at(when["no_show_marked"])
    expected = {
        "firstName": ("Anna", "Anne"),
        "tags": ([], ["VIP"]),
        "noShowCount": (0, 1),
        "additionalData.Role": (None, "CTO"),
        "appointments.appt-1/att-1.isNoShow": (False, True),
    }
    assert changes(shared_company, story, **{"from": start, "to": end}) == expected
    assert changes(shared_company, story, **{"from": end, "to": end}) == {}
    since = changes(shared_company, story, **{"from": start})
    assert since == {**expected, "tags": ([], ["VIP", "Optin"])}


def test_a_diff_from_before_it_was_made_has_everything(shared_company: Tenant, story: str) -> None:
    whole = changes(shared_company, story, **{"from": "2020-01-01T00:00:00Z"})
    assert whole["email"] == (None, "anna@example.com")
    assert whole["status"] == (None, "live")
    assert whole["appointments.appt-1/att-1"][1]["isNoShow"] is True


def test_a_diff_backwards_or_of_nobody_is_refused(
    shared_company: Tenant, story: str, when: dict[str, dict[str, Any]]
) -> None:
    times = {"from": at(when["restored"]), "to": at(when["created"])}
    expect_refusal(shared_company.http.get(f"/crm/{story}/diff", params=times), 400, "from")
    times = {"from": "2020-01-01T00:00:00Z", "to": "2021-01-01T00:00:00Z"}
    for contact_id in (story, str(uuid4())):
        expect_refusal(shared_company.http.get(f"/crm/{contact_id}/diff", params=times), 404)


def explained(company: Tenant, contact_id: str, name: str) -> tuple[object, list[str]]:
    content = good(company.http.get(f"/crm/{contact_id}/explain/{name}")).json()
    assert content["name"] == name
    return content["value"], [event["words"] for event in content["events"]]


def test_a_value_is_explained_by_the_events_that_made_it(company: Tenant) -> None:
    contact_id = tell(company)
    call = "Discovery Call of 2030-01-15 08:00 UTC"
    assert explained(company, contact_id, "noShowCount") == (1, [f"{call} was missed"])
    good(company.http.delete("/crm/bookings/appt-1/no-show"))
    assert explained(company, contact_id, "noShowCount") == (
        0,
        [f"{call} was missed", f"{call} was not missed after all"],
    )
    first = "Booked Discovery Call for 2030-01-15 08:00 UTC"
    assert explained(company, contact_id, "Recurring") == (False, [first])
    for _ in range(2):
        company.book({"email": "anna@example.com"})
    assert explained(company, contact_id, "Recurring") == (
        True,
        [first, "Booked a meeting for 2024-01-15 08:00 UTC"],
    )
    value, words = explained(company, contact_id, "Optin")
    assert value is True
    assert words == [
        "Opt-in was asked for at anna@example.com",
        "Opt-in was confirmed at anna@example.com",
    ]
    expect_refusal(company.http.get(f"/crm/{contact_id}/explain/firstName"), 400, "name")


def test_of_an_erased_contact_no_past_is_told(company: Tenant) -> None:
    contact_id = tell(company)
    before = f"position:{company.position()}"
    erase(company, contact_id)
    for path in (
        f"/crm/{contact_id}?asOf={before}",
        f"/crm/{contact_id}?asOf=2020-01-01T00:00:00Z",
        f"/crm/details?contactId={contact_id}&asOf={before}",
        f"/crm/{contact_id}/diff?from={before}",
        f"/crm/{contact_id}/explain/Optin",
    ):
        answer = company.http.get(path)
        expect_refusal(answer, 410)
        assert answer.json()["code"] == "contact_erased"


def test_another_company_has_another_past(
    shared_company: Tenant, story: str, company: Tenant
) -> None:
    company.create(email="a@example.com")
    for path in (f"/crm/{story}?asOf=position:1", f"/crm/{story}/explain/Optin"):
        expect_refusal(company.http.get(path), 404)
        assert shared_company.http.get(path).status_code == 200


def test_the_past_is_for_auditors_and_the_present_is_not(
    shared_company: Tenant, story: str
) -> None:
    running = shared_company.running
    for scope, now, then in (("contacts:write", 200, 403), ("audit", 403, 200)):
        command = ("keys", "create", "--company", shared_company.id, "--scopes", scope, "--json")
        key = running.contacts(*command)["key"]
        with client_of(running, key) as http, nothing_recorded(shared_company):
            for path in (f"/crm/{story}?", f"/crm/details?contactId={story}&"):
                assert http.get(path).status_code == now
                past = f"{path}asOf={datetime.now(UTC).isoformat().replace('+', '%2B')}"
                assert http.get(past).status_code == then
            assert http.get("/crm?asOf=position:1").status_code == now
            assert http.delete(f"/crm/{uuid4()}?asOf=position:1").status_code in {403, 404}
