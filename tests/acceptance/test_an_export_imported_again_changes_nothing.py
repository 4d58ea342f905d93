"""`contacts export` and GET /crm/export: one instant, safe in spreadsheets, read back as it was."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.acceptance.conftest import Tenant, make_tenant
from tests.acceptance.lists import exported, imported

AWKWARD = [
    "=1+1",
    "'=1+1",
    "''x",
    "+49",
    "-",
    "@x",
    "\t",
    "\r",
    "\n",
    '"',
    ";",
    ",",
    " x ",
    "'",
    "ü",
]
TEXT = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
)
VISIBLE = TEXT.filter(str.strip)
OPTIONAL = st.none() | VISIBLE
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
PERSON = st.fixed_dictionaries(
    {"phoneNumber": VISIBLE | st.just("0151 12345678")},
    optional={
        **dict.fromkeys(("firstName", "lastName", "notes", "employer", "function"), OPTIONAL),
        "tags": st.lists(VISIBLE, max_size=3),
        "additionalData": st.dictionaries(TEXT, JSON, max_size=3),
        "address": st.fixed_dictionaries({}, optional={"line1": OPTIONAL, "city": OPTIONAL}),
        "accountOwnerId": st.uuids().map(str),
    },
)


@settings(
    max_examples=5,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(people=st.lists(PERSON, min_size=4, max_size=12))
def test_whatever_stands_in_it(
    shared_company: Tenant, tmp_path: Path, people: list[dict[str, Any]]
) -> None:
    rows = [{**person, "email": f"p{n}@example.com"} for n, person in enumerate(people[::2])]
    body = {"contacts": rows + people[1::2], "updateExisting": True}
    assert shared_company.http.post("/crm/bulk", json=body).status_code == 201
    before = shared_company.position()
    for name in ("list.csv", "list.jsonl"):
        file = tmp_path / name
        exported(shared_company, file)
        assert imported(shared_company, file, "--update-existing").keys() == {"unchanged"}
    assert shared_company.position() == before
    other = make_tenant(shared_company.running)
    with other.http:
        assert imported(other, tmp_path / "list.csv").keys() == {"created"}
        assert contents(other, tmp_path) == contents(shared_company, tmp_path)


def contents(company: Tenant, tmp_path: Path) -> list[str]:
    """Return what is known of a company's people, but for who made them and when."""
    lines = exported(company, tmp_path / "contents.jsonl").splitlines()
    items = [json.loads(line) for line in lines]
    for item in items:
        for name in ("id", "createdAt", "updatedAt"):
            del item[name]
        if not any((item["address"] or {}).values()):
            item["address"] = None
        item["additionalData"] = item["additionalData"] or {}
    return sorted(json.dumps(item, sort_keys=True) for item in items)


def test_derived_tags_and_numbers_are_shown_and_not_taken_over(
    company: Tenant, tmp_path: Path
) -> None:
    for _ in range(2):
        company.book({"email": "a@example.com", "firstName": "Anna"})
    assert b"Recurring" in exported(company, tmp_path / "l.csv")
    position = company.position()
    for name in ("l.csv", "l.jsonl", "l.vcf"):
        exported(company, tmp_path / name)
        assert imported(company, tmp_path / name, "--update-existing") == {"unchanged": 1}
    assert company.position() == position


def test_a_table_is_safe_and_excel_knows_its_encoding(company: Tenant) -> None:
    company.create(email="a@example.com", firstName="=cmd|' /C calc'!A0", notes="'=2")
    answer = company.http.get("/crm/export")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith("\ufeff".encode())
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert row["firstName"] == "'=cmd|' /C calc'!A0"
    assert row["notes"] == "''=2"


@pytest.mark.parametrize("form", ["csv", "jsonl", "vcf"])
def test_http_and_the_command_line_write_the_same(
    company: Tenant, tmp_path: Path, form: str
) -> None:
    for n in range(3):
        company.create(email=f"p{n}@example.com", lastName="Müller", tags=["Lead"][: n % 2])
    for options, query in (
        ((), {}),
        (("--tags", "Lead"), {"tags": "Lead"}),
        (("--search", "muller p2"), {"searchTerm": "muller p2"}),
        (("--at", "2"), {"asOf": "position:2"}),
        (("--at", "2", "--search", "p1"), {"asOf": "position:2", "searchTerm": "p1"}),
    ):
        answer = company.http.get("/crm/export", params={"format": form, **query})
        assert answer.status_code == 200, answer.text
        assert answer.content == exported(company, tmp_path / f"l.{form}", *options)
        assert f"contacts.{form}" in answer.headers["content-disposition"]


def test_a_selection_leaves_the_others_out(company: Tenant, tmp_path: Path) -> None:
    owner = "01900000-0000-7000-8000-000000000001"
    company.create(email="a@example.com", tags=["x"], accountOwnerId=owner)
    company.create(email="b@example.com", tags=["x", "y"])
    gone = company.create(email="c@example.com")["id"]
    company.http.delete(f"/crm/{gone}")

    def emails(*options: str) -> list[str]:
        lines = exported(company, tmp_path / "l.jsonl", *options).splitlines()
        return [json.loads(line)["email"][0] for line in lines]

    assert emails() == ["a", "b"]
    assert emails("--tags", "x", "--tags", "y") == ["b"]
    assert emails("--owner", owner) == emails("--owner", owner, "--at", "3") == ["a"]
    assert sorted(emails("--at", "3")) == ["a", "b", "c"]


def test_the_name_of_a_file_may_end_in_capitals(company: Tenant, tmp_path: Path) -> None:
    company.create(email="a@example.com")
    assert exported(company, tmp_path / "LIST.CSV") == exported(company, tmp_path / "list.csv")
    assert imported(company, tmp_path / "LIST.CSV") == {"skipped": 1}


def test_a_time_to_come_and_an_unknown_format_are_refused(company: Tenant) -> None:
    for query in ({"asOf": "2999-01-01T00:00:00Z"}, {"format": "xlsx"}, {"tagsMode": "some"}):
        answer = company.http.get("/crm/export", params=query)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == next(iter(query))
