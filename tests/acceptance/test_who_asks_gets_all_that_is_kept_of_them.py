"""`contacts report`: one file with everything of one person, and with those who got it."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app
from tests.acceptance.conftest import Tenant
from tests.acceptance.intake import Scheduler, connect
from tests.acceptance.lists import exported, imported, written
from tests.acceptance.optin_links import asked, visit
from tests.acceptance.stories import CALL, good, history, tell
from tests.intake_payloads import meetergo, meetergo_attendee, meetergo_booking

ANNA = "anna@example.com"


def run(company: Tenant, *arguments: str) -> Result:
    """Run `contacts …` on the company."""
    env = {"DATABASE_URL": company.running.database_url, "FORCE_COLOR": "1"}
    return CliRunner().invoke(app, [*arguments, "--company", company.id], env=env)


def done(company: Tenant, *arguments: str) -> Result:
    result = run(company, *arguments)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder in which nothing lies yet."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def reported(company: Tenant, contact_id: str, place: Path) -> dict[str, bytes]:
    """Return the files of a report, by name."""
    file = place / "report.zip"
    done(company, "report", contact_id, "--output", str(file))
    assert list(place.iterdir()) == [file]
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def read(files: dict[str, bytes], name: str) -> Any:
    return json.loads(files[f"{name}.json"])


def got(company: Tenant, contact_id: str, place: Path) -> list[dict[str, Any]]:
    """Return who is told to have got the contact's data."""
    told: list[dict[str, Any]] = read(reported(company, contact_id, place), "recipients")[
        "disclosures"
    ]
    return told


def test_a_report_holds_what_the_api_shows(company: Tenant, place: Path) -> None:
    contact_id = tell(company)
    form = {"id": "form-1", "formName": "Feedback", "answers": {"How was it?": "Good"}}
    good(company.http.post(f"/crm/{contact_id}/forms", json=form))
    files = reported(company, contact_id, place)
    now = company.read(contact_id)
    assert read(files, "contact") == now
    assert read(files, "appointments") == now["appointments"] != []
    assert read(files, "form-submissions") == now["formSubmissions"] != []
    assert read(files, "history")["events"] == history(company, contact_id)["events"]


def test_the_history_can_be_read(company: Tenant, place: Path) -> None:
    text = reported(company, tell(company), place)["history.txt"].decode()
    assert "Created as Anna" in text
    assert "firstName: Anna → Anne" in text
    assert "Booked Discovery Call for" in text
    assert "\x1b" not in text


def test_the_first_file_explains_all_others_in_two_languages(company: Tenant, place: Path) -> None:
    contact_id = tell(company)
    files = reported(company, contact_id, place)
    english, german = files["README.txt"].decode().split("\n\n\n")
    for text in (english, german):
        assert contact_id in text
        assert company.name in text
        for name in files.keys() - {"README.txt"}:
            assert f"\n{name}\n" in text
    assert "status:   in use" in english
    assert "Status:   in Gebrauch" in german


def test_consents_say_to_what_when_and_from_where(company: Tenant, place: Path) -> None:
    contact_id = company.create(email=ANNA)["id"]
    good(visit(asked(company, contact_id, "May we write?")["link"], "POST"))
    good(company.http.delete(f"/crm/{contact_id}/optin"))
    asked(company, contact_id, "May we write again?")
    first, second = read(reported(company, contact_id, place), "consents")
    assert (first["email"], first["wording"]) == (ANNA, "May we write?")
    assert first["requestedAt"] <= first["confirmedAt"] <= first["withdrawnAt"]
    assert (first["ipAddress"], first["userAgent"]) == ("127.0.0.1", "Browser/1.0")
    assert second["wording"] == "May we write again?"
    assert (second["confirmedAt"], second["withdrawnAt"]) == (None, None)


def webhooks(source: Scheduler) -> None:
    """Send a meeting with Anna and Bob, and what nobody understands about Anna."""
    people = [meetergo_attendee(id=name, email=f"{name}@example.com") for name in ("anna", "bob")]
    booking, odd = meetergo_booking(attendees=people), meetergo("odd", {"note": f"From {ANNA}."})
    source.tell(booking)
    good(source.send(odd))


def test_webhooks_are_there_as_they_are_kept(company: Tenant, place: Path) -> None:
    source = connect(company, "meetergo")
    webhooks(source)
    good(source.send(meetergo("odd", {"note": f"joanna@example.com {ANNA}.au jo-{ANNA}"})))
    [anna] = company.found(searchTerm=ANNA)
    files = reported(company, anna["id"], place)
    told = read(files, "deliveries")
    assert [one["speaksOfOthersToo"] for one in told] == [True, False]
    kept = [one["body"] for one in source.deliveries()]
    assert [files[one["file"]].decode() for one in told] == kept[:2]
    assert {one["source"] for one in told} == {"meetergo"}


def test_who_hands_it_out_is_warned_of_others_in_it(company: Tenant, place: Path) -> None:
    webhooks(connect(company, "meetergo"))
    [anna] = company.found(searchTerm=ANNA)
    result = done(company, "report", anna["id"], "--output", str(place / "report.zip"))
    assert "deliveries that speak of others too: 1;" in result.stderr


def test_a_webhook_that_is_not_kept_any_longer_is_still_listed(
    company: Tenant, place: Path
) -> None:
    webhooks(connect(company, "meetergo"))
    [anna] = company.found(searchTerm=ANNA)
    query = "UPDATE edge.delivery SET body = NULL, addresses = '{}' WHERE company_id = %s"
    company.running.database.execute(query, (company.id,))
    files = reported(company, anna["id"], place)
    assert [one["file"] for one in read(files, "deliveries")] == [None]
    assert [name for name in files if name.startswith("deliveries/")] == []


def test_rows_that_could_not_be_imported_are_there(
    company: Tenant, tmp_path: Path, place: Path
) -> None:
    anna = company.create(email=ANNA)["id"]
    rows = (f"{ANNA},x", f"jo-{ANNA},x", "bob@example.com,x")
    imported(company, written(tmp_path / "list.csv", "email,accountOwnerId", *rows))
    [row] = read(reported(company, anna, place), "imports")
    assert (row["row"], row["status"]) == (1, "failed")
    assert ANNA in row["sent"]


def test_exports_that_held_the_contact_are_told(company: Tenant, place: Path) -> None:
    exported(company, place / "before.csv")
    contact_id = company.create(email=ANNA, tags=["Lead"])["id"]
    exported(company, place / "all.csv")
    good(company.http.get("/crm/export", params={"format": "jsonl", "tags": "Lead"}))
    good(company.http.delete(f"/crm/{contact_id}"))
    exported(company, place / "hidden.csv")
    for file in place.iterdir():
        file.unlink()
    by_command, by_key = got(company, contact_id, place)
    assert (by_command["kind"], by_command["keyId"]) == ("export", None)
    assert (by_command["onlySelected"], by_key["onlySelected"]) == (False, True)
    assert by_key["keyId"] == company.http.get("/v4/user/me").json()["id"]
    assert by_key["firstAt"] > by_command["firstAt"]


def test_exports_of_the_log_are_told_to_those_of_whom_they_are(
    company: Tenant, tmp_path: Path, place: Path
) -> None:
    anna, bob = (company.create(email=f"{name}@example.com")["id"] for name in ("anna", "bob"))
    whole, only = str(tmp_path / "whole"), str(tmp_path / "only")
    done(company, "audit", "export", "--output", whole)
    done(company, "audit", "export", "--contact", bob, "--output", only)
    assert [one["kind"] for one in got(company, anna, place)] == ["audit-export"]
    assert [one["kind"] for one in got(company, bob, place)] == ["audit-export"] * 2


def test_a_table_of_the_past_is_an_export_too(company: Tenant, tmp_path: Path, place: Path) -> None:
    anna, bob = (company.create(email=f"{name}@example.com")["id"] for name in ("anna", "bob"))
    done(company, "replay", "--at", "1", "--into", str(tmp_path / "then.csv"))
    assert [one["upToPosition"] for one in got(company, anna, place)] == [1]
    assert got(company, bob, place) == []


def test_a_reader_of_the_feed_is_told_once_a_day_with_what_it_read(
    company: Tenant, place: Path
) -> None:
    anna, bob = (company.create(email=f"{name}@example.com")["id"] for name in ("anna", "bob"))
    good(company.http.patch(f"/crm/{anna}", json={"firstName": "Anna"}))
    for after, limit in ((2, 1), (0, 1), (0, 1), (3, 100)):
        good(company.http.get("/events", params={"after": after, "limit": limit}))
    [reader] = got(company, anna, place)
    assert (reader["kind"], reader["versions"]) == ("feed", [1, 2])
    assert reader["firstAt"] < reader["lastAt"]
    assert got(company, bob, place) == []


def test_a_reader_of_some_kinds_of_events_is_told_as_such(company: Tenant, place: Path) -> None:
    anna = company.create(email=ANNA)["id"]
    good(company.http.get("/events", params={"types": "contact.deleted"}))
    assert got(company, anna, place) == []
    good(company.http.get("/events", params={"types": "contact.created"}))
    assert [one["onlySelected"] for one in got(company, anna, place)] == [True]


def test_the_last_mail_is_told(company: Tenant, place: Path) -> None:
    contact_id = company.create(email=ANNA)["id"]
    # as the service notes it; a mail server of its own has the test of mails
    note = "INSERT INTO edge.optin_mail VALUES (%s, %s, '2026-06-01T10:00:00Z')"
    company.running.database.execute(note, (company.id, contact_id))
    [mail] = read(reported(company, contact_id, place), "recipients")["mails"]
    assert mail == {"kind": "mail", "lastAt": "2026-06-01T10:00:00.000000Z"}


def test_another_company_s_exports_are_nobody_s_here(
    new_company: Any,
    tmp_path: Path,
    place: Path,
) -> None:
    mine, theirs = new_company(), new_company()
    anna = mine.create(email=ANNA)["id"]
    theirs.create(email=ANNA)
    exported(theirs, tmp_path / "theirs.csv")
    good(theirs.http.get("/events"))
    assert got(mine, anna, place) == []


def test_a_deleted_contact_is_reported_as_it_is_remembered(company: Tenant, place: Path) -> None:
    contact_id = tell(company)
    before = company.read(contact_id)["item"]
    good(company.http.delete(f"/crm/{contact_id}"))
    files = reported(company, contact_id, place)
    after = read(files, "contact")["item"]
    assert {**after, "updatedAt": None} == {**before, "updatedAt": None}
    assert "status:   deleted" in files["README.txt"].decode()


def test_of_an_erased_contact_the_skeleton_is_left(company: Tenant, place: Path) -> None:
    (row,) = company.book({"id": "att", "firstName": "Anna", "email": ANNA}, id="appt", **CALL)
    exported(company, place / "all.csv")
    (place / "all.csv").unlink()
    done(company, "erase", row["id"], "--reason", "subject_request")
    files = reported(company, row["id"], place)
    names = ("history", "deliveries", "imports", "recipients")
    left = {"README.txt", "history.txt", *(f"{name}.json" for name in names)}
    assert files.keys() == left
    assert b"Created (erased)" in files["history.txt"]
    assert not any(b"anna" in content.lower() for content in files.values())
    assert [one["kind"] for one in read(files, "recipients")["disclosures"]] == ["export"]


def test_nothing_that_is_recorded_of_exports_is_personal(company: Tenant, tmp_path: Path) -> None:
    company.create(firstName="Anna", email=ANNA, tags=["Canary"])
    done(company, "export", str(tmp_path / "a.csv"), "--search", "Anna", "--tags", "Canary")
    query = "SELECT disclosure::text FROM edge.disclosure WHERE company_id = %s"
    [[row]] = company.running.database.execute(query, (company.id,)).fetchall()
    assert "anna" not in row.lower()
    assert "canary" not in row.lower()


def test_a_report_is_refused_of_nobody_and_to_nowhere(company: Tenant, place: Path) -> None:
    nobody = run(company, "report", "0190a5f0-1c2e-7000-9000-00000000000a")
    assert (nobody.exit_code, nobody.stderr) == (1, "contacts: There is no such contact.\n")
    contact_id = company.create(email=ANNA)["id"]
    target = place / "none" / "report.zip"
    nowhere = run(company, "report", contact_id, "--output", str(target))
    assert nowhere.exit_code == 1
    assert nowhere.stderr.startswith(f"contacts: {target} cannot be written: ")
