"""`contacts import`: exactly one verdict a row, numbers that are true, and nothing twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.acceptance.conftest import Tenant
from tests.acceptance.lists import import_id, imported, run, written

HEADER = "Vorname;Nachname;E-Mail;Telefon;Tags;Farbe"


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    """A list with a row of each kind."""
    return written(
        tmp_path / "list.csv",
        HEADER,
        "Anna;Müller;anna@example.com;0151 12345678;Lead, VIP;rot",
        "Bernd;;bernd@@example.com;;;",
        "Anna;Doppelt;ANNA@example.com;;;",
        "Clara;;known@example.com;;;blau",
        ";Ohne Adresse;;;;",
        "Dora;Nummer;;030 901820;;",
        "Emil;Nummer;;030 901820;;",
        "Dora;Nummer;;030/901820;;",
        "Fritz;Kaputt;;12 34;;",
        encoding="cp1252",
    )


def test_every_row_has_one_verdict_and_the_database_agrees(company: Tenant, messy: Path) -> None:
    company.create(email="Known@example.com", additionalData={"Farbe": "grün"})
    assert imported(company, messy) == {"created": 4, "skipped": 3, "failed": 2}
    assert company.http.get("/crm").json()["total"] == 5
    (anna,) = company.found(searchTerm="müller")
    assert (anna["firstName"], anna["tags"]) == ("Anna", ["Lead", "VIP"])
    assert anna["phoneNumber"] == "+4915112345678"
    assert anna["additionalData"] == {"Farbe": "rot"}
    (event,) = company.events(anna["id"])
    assert (event["source"], event["actor"]) == ("import", "cli")


def test_the_columns_are_shown_before_anything_happens(company: Tenant, messy: Path) -> None:
    lines = run(company, "import", messy, "--dry-run").output.splitlines()
    assert "semicolons, cp1252" in lines[0]
    assert any("Farbe" in line and "additionalData.Farbe" in line for line in lines)


def test_a_second_import_changes_nothing(company: Tenant, messy: Path) -> None:
    imported(company, messy)
    position = company.position()
    assert imported(company, messy) == {"skipped": 7, "failed": 2}
    again = imported(company, messy, "--update-existing")
    assert again == {"unchanged": 5, "skipped": 2, "failed": 2}
    assert company.position() == position


def test_a_dry_run_says_the_same_and_records_nothing(company: Tenant, messy: Path) -> None:
    company.create(email="known@example.com")
    for options in ((), ("--update-existing",)):
        position = company.position()
        told = imported(company, messy, "--dry-run", *options)
        assert company.position() == position
        assert imported(company, messy, *options) == told


def test_who_is_there_is_changed_when_asked_for(company: Tenant, tmp_path: Path) -> None:
    contact_id = company.create(email="a@example.com", notes="old", tags=["VIP"])["id"]
    file = written(tmp_path / "list.csv", "email,notes,firstName", "A@example.com,new,")
    assert imported(company, file, "--update-existing", "--tag", "Fair") == {"updated": 1}
    item = company.read(contact_id)["item"]
    assert (item["notes"], item["email"]) == ("new", "A@example.com")
    assert item["tags"] == ["VIP", "Fair"]
    assert imported(company, file, "--update-existing", "--tag", "Fair") == {"unchanged": 1}


def test_a_column_can_be_mapped_by_hand(company: Tenant, tmp_path: Path) -> None:
    file = written(tmp_path / "list.csv", "Kontaktweg,Kunde seit", "a@example.com,2019")
    refused = run(company, "import", file)
    assert refused.exit_code == 1
    assert "--map 'Column=email'" in refused.output
    since = "Kunde seit=additionalData.since"
    assert imported(company, file, "--map", "Kontaktweg=email", "--map", since) == {"created": 1}
    assert company.found()[0]["additionalData"] == {"since": "2019"}


def test_failed_rows_go_into_a_file_that_can_be_imported_again(
    company: Tenant, messy: Path, tmp_path: Path
) -> None:
    errors = tmp_path / "errors.csv"
    imported(company, messy, "--errors", errors)
    assert errors.stat().st_mode & 0o077 == 0
    text = errors.read_text("utf-8-sig")
    assert text.splitlines()[0] == f"{HEADER};importError"
    assert "bernd@@example.com" in text
    assert imported(company, errors) == {"failed": 2}
    errors.write_text(text.replace("bernd@@", "bernd@"), "utf-8-sig")
    assert imported(company, errors) == {"created": 1, "failed": 1}
    (bernd,) = company.found(searchTerm="bernd")
    assert bernd["additionalData"] == {}


@pytest.mark.parametrize(
    ("name", "content", "broken"),
    [
        ("l.jsonl", '{"email":"a@@b"}\n{"email":\n{"email":"c@example.com"}\n', "a@@b"),
        (
            "l.vcf",
            (
                "BEGIN:VCARD\nVERSION:3.0\nFN:A B\nEMAIL:a@@b\nEND:VCARD\n"
                "BEGIN:VCARD\nVERSION:2.1\nFN:C D\nEMAIL:c@example.com\nEND:VCARD\n"
                "BEGIN:VCARD\nVERSION:4.0\nFN:E F\nEMAIL:e@example.com\nEND:VCARD\n"
            ),
            "a@@b",
        ),
    ],
)
def test_other_kinds_of_files_have_error_files_too(
    company: Tenant, tmp_path: Path, name: str, content: str, broken: str
) -> None:
    file, errors = tmp_path / name, tmp_path / f"errors-{name}"
    file.write_text(content)
    assert imported(company, file, "--errors", errors) == {"created": 1, "failed": 2}
    text = errors.read_text()
    assert "-sign" in text
    assert imported(company, errors) == {"failed": 2}
    errors.write_text(text.replace(broken, "b@example.com"))
    assert imported(company, errors) == {"created": 1, "failed": 1}


def test_failed_rows_never_take_the_place_of_the_list(
    company: Tenant, messy: Path, tmp_path: Path
) -> None:
    before = messy.read_bytes()
    refused = run(company, "import", messy, "--errors", messy)
    assert (refused.exit_code, "is the list itself" in refused.output) == (2, True)
    assert (messy.read_bytes(), company.position()) == (before, 0)
    assert run(company, "import", messy, "--errors", tmp_path).exit_code == 2
    nowhere = tmp_path / "missing" / "errors.csv"
    refused = run(company, "import", messy, "--errors", nowhere)
    assert (refused.exit_code, "No such file or directory" in refused.output) == (1, True)
    assert company.position() == 0


def test_failed_rows_keep_what_stood_there_until_there_are_others(
    company: Tenant, tmp_path: Path
) -> None:
    errors = written(tmp_path / "errors.jsonl", "corrected for an hour")
    broken = written(tmp_path / "list.jsonl", *['{"email":"a@@b"}'] * 200, "x" * 16 * 1_048_576)
    refused = run(company, "import", broken, "--errors", errors)
    assert (refused.exit_code, "is longer than" in refused.output) == (1, True)
    assert errors.read_text().strip() == "corrected for an hour"
    assert len(list(tmp_path.iterdir())) == len((errors, broken))


def test_headers_that_a_spreadsheet_would_run_are_harmless_in_the_error_file(
    company: Tenant, tmp_path: Path
) -> None:
    file, errors = tmp_path / "list.csv", tmp_path / "errors.csv"
    written(file, "=1+1,email", "x,a@@example.com")
    imported(company, file, "--errors", errors)
    text = errors.read_text("utf-8-sig")
    assert text.splitlines()[0] == "'=1+1,email,importError"
    errors.write_text(text.replace("@@", "@"), "utf-8-sig")
    assert imported(company, errors) == {"created": 1}
    assert company.found()[0]["additionalData"] == {"=1+1": "x"}


def test_an_address_in_one_column_is_its_first_line(company: Tenant, tmp_path: Path) -> None:
    file = written(tmp_path / "list.csv", "Email,Address,City", "a@example.com,Main St 5,Berlin")
    assert imported(company, file) == {"created": 1}
    address = company.found()[0]["address"]
    assert (address["line1"], address["city"]) == ("Main St 5", "Berlin")


def test_of_several_values_in_a_cell_of_google_s_the_first_is_the_contact_s(
    company: Tenant, tmp_path: Path
) -> None:
    file = written(
        tmp_path / "list.csv",
        "First Name,E-mail 1 - Value,Phone 1 - Value",
        "Anna,a@example.com ::: b@example.com,030 901820 ::: 030 901821",
    )
    assert imported(company, file) == {"created": 1}
    (anna,) = company.found()
    assert (anna["email"], anna["phoneNumber"]) == ("a@example.com", "+4930901820")
    assert anna["additionalData"] == {
        "E-mail 1 - Value": "a@example.com ::: b@example.com",
        "Phone 1 - Value": "030 901820 ::: 030 901821",
    }
    assert imported(company, file, "--update-existing") == {"unchanged": 1}


def test_numbers_that_are_not_valid_are_recognised_by_number_and_name(
    company: Tenant, tmp_path: Path
) -> None:
    file = written(
        tmp_path / "l.csv", "phone,first name", "12 34,Anna", "12 34,Bernd", "12 34,Anna"
    )
    assert imported(company, file) == {"created": 2, "skipped": 1}
    assert imported(company, file) == {"skipped": 3}


def test_a_binary_file_is_refused_in_one_line(company: Tenant, tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    file.write_bytes(b"PK\x03\x04whatever")
    result = run(company, "import", file)
    assert result.exit_code == 1
    assert result.output.strip().count("\n") == 0
    assert "save the sheet as CSV" in result.output


def test_an_import_is_taken_back_but_not_what_was_edited_since(
    company: Tenant, tmp_path: Path
) -> None:
    before = company.create(email="old@example.com", notes="old", tags=["VIP"])
    file = written(
        tmp_path / "list.csv",
        "email,notes,tags,Farbe",
        "old@example.com,new,Lead,rot",
        "new@example.com,x,,",
        "edited@example.com,x,,",
    )
    result = run(company, "import", file, "--update-existing")
    (edited,) = company.found(searchTerm="edited")
    company.http.patch(f"/crm/{edited['id']}", json={"notes": "mine"}).raise_for_status()
    undone = run(company, "import", "undo", import_id(result))
    assert "2 reversed, 1 kept because edited since, 0 failed" in undone.output
    assert f"kept: {edited['id']}" in undone.output
    assert {row["email"] for row in company.found()} == {"old@example.com", "edited@example.com"}
    after = company.read(before["id"])["item"]
    assert {**after, "updatedAt": None} == {**before, "updatedAt": None}
    assert [event["topic"] for event in company.events(before["id"])][-3:] == [
        "contact.updated", "contact.tagged", "contact.untagged",
    ]  # fmt: skip
    again = run(company, "import", "undo", import_id(result))
    assert (again.exit_code, "taken back already" in again.output) == (1, True)


def test_an_import_that_was_killed_goes_on_where_it_stopped(
    company: Tenant, tmp_path: Path
) -> None:
    lines = [f"p{n}@example.com;Person {n}" for n in range(4_000)]
    file = written(tmp_path / "list.csv", "E-Mail;Name", *lines, "broken;x")
    arguments = [sys.executable, "-m", "api.cli", "import", str(file), "--company", company.name]
    environment = {**os.environ, "DATABASE_URL": company.running.database_url}
    process = subprocess.Popen(arguments, env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while company.position() < 600:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    stopped_at = company.position()
    assert 600 <= stopped_at < 4_000
    assert imported(company, file) == {"created": 4_000, "failed": 1}
    assert company.position() == 4_000
    assert company.http.get("/crm").json()["total"] == 4_000
    created = {event["contact_id"] for event in company.events()}
    assert len(created) == 4_000
