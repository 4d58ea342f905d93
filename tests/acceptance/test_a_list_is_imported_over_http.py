"""POST /crm/imports and what becomes of it: the same verdicts as on the command line."""

import csv
import io
import time
from typing import Any
from uuid import uuid4

import pytest

from tests.acceptance.conftest import Tenant
from tests.acceptance.lists import run

LIST = (
    "Vorname;E-Mail;Farbe\r\nJürgen;j@example.com;rot\r\nKaputt;=@@;\r\nDoppelt;J@example.com;\r\n"
).encode("cp1252")


def posted(company: Tenant, content: bytes, **form: Any) -> Any:
    """Send a list and wait for its end."""
    answer = company.http.post("/crm/imports", files={"file": ("l.csv", content)}, data=form)
    assert answer.status_code == 202, answer.text
    path = answer.headers["location"]
    assert path == f"/crm/imports/{answer.json()['id']}"
    deadline = time.monotonic() + 20
    while (found := company.http.get(path).json())["state"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def test_a_list_becomes_contacts_with_a_verdict_for_each_row(company: Tenant) -> None:
    found = posted(company, LIST, tags=["Fair", "2026"])
    assert found["state"] == "done"
    assert found["rows"] == {"created": 1, "updated": 0, "unchanged": 0, "skipped": 1, "failed": 1}
    assert found["columns"]["Farbe"] == "additionalData.Farbe"
    assert (found["size"], found["read"]) == (len(LIST), len(LIST))
    first, second, third = found["results"]
    (contact,) = company.found()
    assert (first["status"], first["id"]) == ("created", contact["id"])
    assert (contact["firstName"], contact["tags"]) == ("Jürgen", ["Fair", "2026"])
    assert second["errors"][0]["column"] == "E-Mail"
    assert second["errors"][0]["value"] == "=@@"
    assert third["errors"][0]["message"] == "row 1 is about the same contact"
    kept = "SELECT count(*) FROM edge.import_piece WHERE company_id = %s"
    assert company.running.database.execute(kept, (company.id,)).fetchone() == (0,)


def test_verdicts_are_paged_and_failed_rows_are_a_table(company: Tenant) -> None:
    path = f"/crm/imports/{posted(company, LIST)['id']}"
    assert [
        row["row"] for row in company.http.get(path, params={"after": 1}).json()["results"]
    ] == [
        2,
        3,
    ]
    failed = company.http.get(path, params={"status": "failed"}).json()["results"]
    assert [row["row"] for row in failed] == [2]
    text = company.http.get(f"{path}/errors").content.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["row"], row["column"], row["value"]) == ("2", "E-Mail", "'=@@")


def test_a_dry_run_records_verdicts_alone(company: Tenant) -> None:
    found = posted(company, LIST, dryRun="true")
    assert (found["dryRun"], found["rows"]["created"], company.position()) == (True, 1, 0)
    assert found["results"][0]["id"] is None
    assert posted(company, LIST)["rows"]["created"] == 1
    changing = posted(
        company, b"email,notes\nj@example.com,x\n", updateExisting="true", dryRun="true"
    )
    assert changing["rows"]["updated"] == 1
    undone = run(company, "import", "undo", changing["id"])
    assert (undone.exit_code, "was a dry run" in undone.output) == (1, True)


def test_existing_contacts_and_columns_by_hand(company: Tenant) -> None:
    company.create(email="a@example.com", notes="old")
    found = posted(company, b"mail to,text\na@example.com,new\n", updateExisting="true",
                   map=["mail to=email", "text=notes"])  # fmt: skip
    assert found["rows"]["updated"] == 1
    assert company.found()[0]["notes"] == "new"


@pytest.mark.parametrize(
    ("content", "form", "field"),
    [
        (b"PK\x03\x04", {}, "file"),
        (b"a,b\n1,2\n", {}, "file"),
        (LIST, {"map": "x"}, "map"),
        (LIST, {"map": "x=email"}, "file"),
        (LIST, {"tags": " "}, "tags.0"),
        (LIST, {"updateExisting": "perhaps"}, "updateExisting"),
        (LIST, {"dry_run": "true"}, "dry_run"),
    ],
)
def test_what_cannot_be_imported_is_refused_at_once(
    company: Tenant, content: bytes, form: dict[str, str], field: str
) -> None:
    answer = company.http.post("/crm/imports", files={"file": ("l.csv", content)}, data=form)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["field"] == field
    assert company.position() == 0


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ([("file", ("a.csv", LIST)), ("file", ("b.csv", LIST))], "file"),
        (
            [("file", ("a.csv", LIST)), ("dryRun", (None, b"true")), ("dryRun", (None, b"no"))],
            "dryRun",
        ),
    ],
)
def test_of_two_files_or_two_wishes_nobody_could_know_which_is_meant(
    company: Tenant, parts: list[Any], field: str
) -> None:
    answer = company.http.post("/crm/imports", files=parts)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"] == [{"field": field, "message": "must be given once"}]
    assert company.position() == 0


def test_a_list_is_needed(company: Tenant) -> None:
    answer = company.http.post("/crm/imports", json={"contacts": []})
    assert answer.status_code == 415
    assert "multipart/form-data" in answer.json()["message"]
    answer = company.http.post("/crm/imports", files={"other": b"x"})
    assert answer.json()["errors"] == [
        {"field": "file", "message": "Field required"},
        {"field": "other", "message": "Extra inputs are not permitted"},
    ]


def test_nobody_sees_another_company_s_import(company: Tenant, new_company: Any) -> None:
    path = f"/crm/imports/{posted(company, LIST)['id']}"
    for stranger, where in ((new_company(), path), (company, f"/crm/imports/{uuid4()}")):
        for suffix in ("", "/errors"):
            answer = stranger.http.get(where + suffix)
            assert (answer.status_code, answer.json()["code"]) == (404, "import_not_found")
