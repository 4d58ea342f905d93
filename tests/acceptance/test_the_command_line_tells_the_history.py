"""`contacts history`, `show`, `diff`, `explain`, `undo`, `changes`: as over HTTP, or for people."""

import csv
import io
import json

import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app
from tests.acceptance.conftest import Tenant
from tests.acceptance.stories import KINDS, erase, good, history, tell


@pytest.fixture(scope="module")
def story(shared_company: Tenant) -> str:
    """Somebody to whom all of it happened."""
    return tell(shared_company)


def run(company: Tenant, *arguments: str, columns: int = 200) -> Result:
    """Run `contacts …` on the company, in a terminal of this width."""
    env = {"DATABASE_URL": company.running.database_url, "COLUMNS": str(columns)}
    return CliRunner().invoke(app, [*arguments, "--company", company.id], env=env)


def printed(company: Tenant, *arguments: str, columns: int = 200) -> str:
    result = run(company, *arguments, columns=columns)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_history_is_that_of_the_api(shared_company: Tenant, story: str) -> None:
    told = json.loads(printed(shared_company, "history", story, "--json"))
    assert told["events"] == history(shared_company, story)["events"]


def test_the_history_reads_well(shared_company: Tenant, story: str) -> None:
    table = printed(shared_company, "history", story)
    for words in (
        "Created as Anna",
        "email: anna@example.com",
        "Booked Discovery Call for 2030-01-15 08:00 UTC",
        "firstName: Anna → Anne",
        "additionalData.Role: CTO",
        "tags: VIP → VIP, Optin",
        "status: live → deleted",
    ):
        assert words in table


def test_what_callers_wrote_does_not_steer_the_terminal(company: Tenant) -> None:
    evil = "\x1b[2J[bold]x[/bold]\u202e"
    contact_id = company.create(email="a@example.com", notes=evil)["id"]
    for command in (("history",), ("show",), ("diff", "--from", "2020-01-01T00:00:00Z")):
        table = printed(company, command[0], contact_id, *command[1:])
        assert "[bold]x[/bold]" in table
        assert "\x1b" not in table
        assert "\u202e" not in table


@pytest.mark.parametrize("form", ["{}", "position:{}"])
def test_a_contact_is_shown_as_it_was(shared_company: Tenant, story: str, form: str) -> None:
    linked = history(shared_company, story)["events"][KINDS.index("booking_linked")]["position"]
    at = form.format(linked)
    told = json.loads(printed(shared_company, "show", story, "--at", at, "--json"))
    query = {"asOf": f"position:{linked}"}
    assert told == good(shared_company.http.get(f"/crm/{story}", params=query)).json()
    assert "Anna" in printed(shared_company, "show", story, "--at", at)
    assert "Anne" in printed(shared_company, "show", story)


def test_a_narrow_terminal_shows_every_field_whole(company: Tenant) -> None:
    known = {"line1": "Donaudampfschifffahrtsgesellschaftsstraße 1", "city": "Köln"}
    data = {"newsletter": False, "crm": {"id": 5}}
    one = company.create(email="a@example.com", address=known, additionalData=data, notes="n" * 300)
    table = printed(company, "show", one["id"], columns=40)
    assert "…" not in table
    cells = "".join(line.split("│")[2].strip() for line in table.splitlines() if "│" in line)
    for value in (*known.values(), "n" * 300, "false", '{"id":5}'):
        assert value.replace(" ", "") in cells.replace(" ", "")


def test_two_times_are_compared(shared_company: Tenant, story: str) -> None:
    since = ("--from", "2020-01-01T00:00:00Z")
    told = json.loads(printed(shared_company, "diff", story, *since, "--json"))
    query = {"from": since[1]}
    answer = good(shared_company.http.get(f"/crm/{story}/diff", params=query)).json()
    assert told["changes"] == answer["changes"]
    table = printed(shared_company, "diff", story, *since)
    assert "from position 0, 2020-01-01T00:00:00.000000Z" in table
    assert f"to position {answer['to']['position']}, {answer['to']['time']}" in table
    assert "anna@example.com" in table
    assert "Discovery Call of 2030-01-15 08:00 UTC, missed" in table


@pytest.mark.parametrize("name", ["noShowCount", "Recurring", "Optin"])
def test_a_value_is_explained_as_over_http(shared_company: Tenant, story: str, name: str) -> None:
    told = json.loads(printed(shared_company, "explain", story, name, "--json"))
    assert told == good(shared_company.http.get(f"/crm/{story}/explain/{name}")).json()


def test_an_explanation_reads_well(shared_company: Tenant, story: str) -> None:
    table = printed(shared_company, "explain", story, "noShowCount")
    assert table.startswith("noShowCount: 1\n")
    assert "was missed" in table
    assert "Created" not in table


def test_a_change_is_put_back_by_an_event_of_the_command_line(company: Tenant) -> None:
    contact_id = company.create(email="a@example.com", firstName="Anna")["id"]
    good(company.http.patch(f"/crm/{contact_id}", json={"firstName": "Anne"}))
    assert "firstName: Anne → Anna" in printed(company, "undo", contact_id, "2")
    last = history(company, contact_id)["events"][-1]
    assert (last["version"], last["actor"]["keyId"], last["source"]) == (3, "cli", "cli")
    told = json.loads(printed(company, "undo", contact_id, "3", "--json"))
    assert told["firstName"] == "Anne"
    (row,) = company.found(searchTerm="anne")
    assert told == row


def test_what_was_changed_again_is_not_put_back_but_named(company: Tenant) -> None:
    contact_id = company.create(email="a@example.com")["id"]
    for name in ("Anna", "Anne"):
        good(company.http.patch(f"/crm/{contact_id}", json={"firstName": name}))
    refused = run(company, "undo", contact_id, "2")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.endswith('laterChanges: [{"version":3,"fields":["firstName"]}]\n')
    assert company.position() == 3


def test_who_was_changed_is_listed_as_csv(company: Tenant) -> None:
    contact_id = tell(company)
    rows = list(csv.DictReader(io.StringIO(printed(company, "changes"))))
    events = history(company, contact_id)["events"]
    assert [int(row["position"]) for row in rows] == list(range(1, len(events) + 1))
    assert {row["contact_id"] for row in rows} == {contact_id}
    named = [event["actor"]["keyName"] or event["actor"]["keyId"] for event in events]
    assert [row["who"] for row in rows] == named
    assert [row["recorded_at"] for row in rows] == [event["recordedAt"] for event in events]
    assert [row["fields"] for row in rows] == [
        "firstName; email",
        "appointments",
        "firstName; additionalData.Role",
        "tags",
        "appointments",
        "",
        "tags",
        "status",
        "status",
    ]
    assert len(printed(company, "changes", "--from", "0", "--to", "2").splitlines()) == 1 + 2
    some = printed(company, "changes", "--from", "2", "--to", "position:4").splitlines()
    assert [line.split(",")[1] for line in some] == ["position", "3", "4"]
    lines = printed(company, "changes", "--from", "2", "--to", "3", "--json").splitlines()
    (change,) = map(json.loads, lines)
    assert change["fields"] == ["firstName", "additionalData.Role"]
    assert change["recordedAt"] == events[2]["recordedAt"]
    erase(company, contact_id)
    rows = list(csv.DictReader(io.StringIO(printed(company, "changes"))))
    assert {row["fields"] for row in rows[:-1]} == {""}


def test_each_field_of_a_line_of_changes_can_be_told_from_the_next(company: Tenant) -> None:
    names = ["plain", "with spaces", "a; b", "a, b", 'says "hi"\n']
    company.create(email="a@example.com", additionalData=dict.fromkeys(names, 1))
    for name in names:
        company.create(phoneNumber="1", additionalData={name: 1})
    rows = csv.DictReader(io.StringIO(printed(company, "changes")))
    for row in rows:
        told = json.loads(row["fields"]) if row["fields"][0] == "[" else row["fields"].split("; ")
        expected = [f"additionalData.{name}" for name in names]
        mine = [name for name in told if name.startswith("additionalData")]
        assert mine == expected if told[0] == "email" else mine[0] in expected


@pytest.mark.parametrize(
    "arguments",
    [
        ("history", "00000000-0000-0000-0000-000000000000"),
        ("show", "{}", "--at", "yesterday"),
        ("show", "{}", "--at", "2999-01-01T00:00:00Z"),
        ("show", "{}", "--at", "2020-01-01T00:00:00Z"),
        ("show", "{}", "--at", "0"),
        ("diff", "{}", "--from", "99999999"),
        ("changes", "--to", "99999999"),
    ],
)
def test_what_cannot_be_told_is_refused_in_one_line(
    shared_company: Tenant, story: str, arguments: tuple[str, ...]
) -> None:
    result = run(shared_company, *(one.format(story) for one in arguments))
    assert result.exit_code == 1
    assert result.stdout.strip() in {"", "contact_id,position,recorded_at,actor,source,kind,fields"}
    (line,) = result.stderr.splitlines()
    assert line.startswith("contacts: ")


def test_a_deleted_contact_s_history_is_told_and_an_erased_one_s_kinds(company: Tenant) -> None:
    contact_id = tell(company)
    erase(company, contact_id)
    table = printed(company, "history", contact_id)
    assert "Booking linked (erased)" in table
    assert "Erased for good: subject_request" in table
    assert run(company, "show", contact_id).exit_code == 1


def test_a_spreadsheet_runs_nothing_of_the_list_of_changes(company: Tenant) -> None:
    made = json.loads(printed(company, "keys", "create", "--name", "=1+1", "--json"))
    bearer = {"Authorization": f"Bearer {made['key']}"}
    good(company.http.post("/crm", json={"email": "a@example.com"}, headers=bearer))
    (row,) = csv.DictReader(io.StringIO(printed(company, "changes")))
    assert row["who"] == "'=1+1"
