"""Erasing over HTTP and by the command line: what is answered, noted, and still possible."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from api.audit.verifier import Checkpoint
from api.cli.main import app
from tests.acceptance.conftest import (
    EVERYTHING,
    Running,
    Tenant,
    client_of,
    make_tenant,
    start,
    stop,
)
from tests.acceptance.refusals import expect_refusal, nothing_recorded
from tests.acceptance.stories import KINDS, history, tell

REASON = {"reason": "subject_request"}


def erased(company: Tenant, contact_id: str, reason: str = "subject_request") -> Any:
    answer = company.http.post(f"/crm/{contact_id}/erase", json={"reason": reason})
    assert answer.status_code == 200, answer.text
    return answer.json()


def cleared(certificate: dict[str, Any]) -> dict[str, int]:
    return {one["table"]: one["count"] for one in certificate["cleared"]}


def noted(running: Running) -> list[dict[str, Any]]:
    """What the service has noted beside the database."""
    file = running.log_file.with_suffix("") / "erasures.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_the_certificate_says_what_was_destroyed(company: Tenant) -> None:
    anna = tell(company)
    certificate = erased(company, anna)
    assert (certificate["contactId"], certificate["companyId"]) == (anna, company.id)
    assert certificate["reason"] == "subject_request"
    counts = cleared(certificate)
    assert counts["log.event"] == len(KINDS)
    assert (counts["read.contact"], counts["read.appointment"]) == (1, 1)
    assert counts["edge.delivery"] == 0
    *past, end = company.events(anna)
    assert [event["data"] for event in past] == [None] * len(KINDS)
    assert (end["topic"], end["data"]) == ("contact.erased", REASON)
    assert end["position"] == certificate["position"]
    assert certificate["backupsGoneAt"] is None


def test_the_certificate_is_signed(company: Tenant) -> None:
    certificate = erased(company, company.create(email="anna@example.com")["id"])
    checkpoint = certificate["checkpoint"]
    for name in ("companyId", "position", "hash"):
        assert checkpoint[name] == certificate[name]
    assert checkpoint["recordedAt"] == certificate["erasedAt"]
    assert certificate["checkpointMissing"] is None
    keys = company.http.get("/audit/public-keys").content
    Checkpoint.read(json.dumps(checkpoint).encode()).check_signature(keys)


def test_the_hash_of_the_certificate_is_the_one_in_the_log(company: Tenant) -> None:
    certificate = erased(company, company.create(email="anna@example.com")["id"])
    later = company.create(email="later@example.com")
    query = (
        "SELECT encode(hash, 'hex'), recorded_at FROM log.event "
        "WHERE company_id = %s AND position = %s"
    )
    [(digest, at)] = company.running.database.execute(
        query, (company.id, certificate["position"])
    ).fetchall()
    assert certificate["hash"] == digest
    assert certificate["erasedAt"] == f"{at:%Y-%m-%dT%H:%M:%S.%f}Z"
    whole = company.running.contacts("audit", "verify", "--company", company.name, "--json")
    assert whole["whole"]
    assert company.read(later["id"])


def test_whatever_is_asked_of_an_erased_contact_is_answered_410(company: Tenant) -> None:
    anna = company.create(email="anna@example.com")["id"]
    erased(company, anna)
    path = f"/crm/{anna}"
    with nothing_recorded(company):
        for answer in (
            company.http.get(path),
            company.http.get("/crm/details", params={"contactId": anna}),
            company.http.patch(path, json={"notes": "x"}),
            company.http.delete(path),
            company.http.post(f"{path}/restore"),
            company.http.post(f"{path}/erase", json=REASON),
            company.http.post(f"{path}/forms", json={"answers": {}}),
            company.http.post(f"{path}/optin", json={"wording": "?"}),
            company.http.get(path, params={"asOf": "position:1"}),
        ):
            expect_refusal(answer, 410)
            assert answer.json()["code"] == "contact_erased"
    assert company.found() == []
    skeleton = history(company, anna)["events"]
    assert [event["kind"] for event in skeleton] == ["contact.created", "contact.erased"]
    assert skeleton[0]["data"] is None


def test_the_address_can_be_used_again(company: Tenant) -> None:
    anna = company.create(email="anna@example.com", tags=["Lead"])["id"]
    erased(company, anna)
    again = company.create(email="anna@example.com", tags=["Lead"])
    assert again["id"] != anna
    assert [row["id"] for row in company.found(searchTerm="anna", tags="Lead")] == [again["id"]]
    (booked,) = company.book({"email": "anna@example.com"})
    assert booked["id"] == again["id"]


def test_a_deleted_contact_can_be_erased_too(company: Tenant) -> None:
    anna = company.create(email="anna@example.com")["id"]
    company.http.delete(f"/crm/{anna}")
    assert cleared(erased(company, anna, "retention"))["log.event"] == 2


@pytest.mark.parametrize("reason", [None, "", "because", "Subject_request", 5, ["mistake"]])
def test_a_reason_is_one_of_three_words(company: Tenant, reason: object) -> None:
    anna = company.create(email="anna@example.com")["id"]
    with nothing_recorded(company):
        refused = company.http.post(f"/crm/{anna}/erase", json={"reason": reason})
        expect_refusal(refused, 400, "reason")
        expect_refusal(company.http.post(f"/crm/{anna}/erase", json={}), 400, "reason")
    assert company.read(anna)["item"]["email"] == "anna@example.com"


def test_who_is_not_there_cannot_be_erased(company: Tenant) -> None:
    with nothing_recorded(company):
        expect_refusal(company.http.post(f"/crm/{uuid4()}/erase", json=REASON), 404)
        expect_refusal(company.http.post("/crm/anna/erase", json=REASON), 400, "contactId")


def test_only_a_key_for_it_may_erase(company: Tenant) -> None:
    anna = company.create(email="anna@example.com")["id"]
    command = ("keys", "create", "--company", company.name, "--json", "--scopes")
    others = ",".join(scope for scope in EVERYTHING.split(",") if scope != "contacts:erase")
    without, only = (
        company.running.contacts(*command, s)["key"] for s in (others, "contacts:erase")
    )
    with client_of(company.running, without) as http, nothing_recorded(company):
        expect_refusal(http.post(f"/crm/{anna}/erase", json=REASON), 403)
    with client_of(company.running, only) as http:
        assert http.post(f"/crm/{anna}/erase", json=REASON).status_code == 200


def test_of_many_at_once_one_erases_and_gets_the_certificate(company: Tenant) -> None:
    anna = company.create(email="anna@example.com")["id"]
    path = f"/crm/{anna}/erase"
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: company.http.post(path, json=REASON), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [410] * 7
    assert [event["topic"] for event in company.events(anna)][1:] == ["contact.erased"]
    assert sum(note["contactId"] == anna for note in noted(company.running)) == 1


def test_an_erasure_is_noted_by_ids_outside_the_database(company: Tenant) -> None:
    certificate = erased(company, company.create(email="anna@example.com")["id"])
    assert noted(company.running)[-1] == {
        name: certificate[name]
        for name in ("companyId", "contactId", "reason", "position", "erasedAt")
    }


@pytest.fixture
def unable(running: Running, tmp_path: Path) -> Any:
    """A service that knows how long backups live, but cannot sign, and at first not note."""
    (tmp_path / "erasures").mkdir()
    company = make_tenant(running)
    made = start(
        running.database_url,
        tmp_path / "data",
        CONTACTS_ERASURES_FILE=str(tmp_path / "erasures"),
        CONTACTS_BACKUP_DAYS="14",
    )
    with company.http, client_of(made, company.key) as http:
        yield Tenant(company.id, company.name, company.key, http, made)
    stop(made)


def test_nothing_is_erased_that_cannot_be_noted(unable: Tenant, tmp_path: Path) -> None:
    anna = unable.create(email="anna@example.com")["id"]
    with nothing_recorded(unable):
        for _ in range(2):
            refused = unable.http.post(f"/crm/{anna}/erase", json=REASON)
            expect_refusal(refused, 503)
            assert refused.json()["code"] == "erasure_not_noted"
    assert unable.read(anna)["item"]["email"] == "anna@example.com"
    unable.create(email="nobody.holds.the.head@example.com")

    (tmp_path / "erasures").rmdir()
    (tmp_path / "erasures").write_text('{"half":')
    certificate = erased(unable, anna)
    half, whole = (tmp_path / "erasures").read_text().splitlines()
    assert half == '{"half":'
    assert json.loads(whole)["position"] == certificate["position"]
    assert (certificate["checkpoint"], certificate["checkpointMissing"]) == (None, "no_signing_key")
    gone_at, erased_at = (certificate[name] for name in ("backupsGoneAt", "erasedAt"))
    assert datetime.fromisoformat(gone_at) - datetime.fromisoformat(erased_at) == timedelta(days=14)


# -- the command line ----------------------------------------------------------------------------


def test_the_command_line_erases_one(company: Tenant) -> None:
    anna, bert = (company.create(email=f"{name}@example.com")["id"] for name in ("anna", "bert"))
    command = ("erase", "--company", company.name, "--reason", "mistake")
    certificate = company.running.contacts(*command, anna, "--json")
    assert cleared(certificate)["log.event"] == 1
    assert f"Contact {bert} was erased" in company.running.contacts(*command, bert)
    assert company.found() == []
    assert company.events(bert)[-1]["source"] == "cli"


def test_the_command_line_erases_who_was_deleted_long_ago(company: Tenant) -> None:
    long_ago, lately, never = (
        company.create(email=f"{name}@example.com")["id"] for name in ("a", "b", "c")
    )
    for contact_id in (long_ago, lately):
        company.http.delete(f"/crm/{contact_id}")
    date_back(company, long_ago, days=91)
    command = ("erase", "--company", company.name, "--deleted-before", "90d")
    assert company.running.contacts(*command, "--json") == {"erased": 1, "failed": []}
    expect_refusal(company.http.get(f"/crm/{long_ago}"), 410)
    assert company.http.post(f"/crm/{lately}/restore").status_code == 200
    assert company.read(never)
    assert company.running.contacts(*command) == "0 contacts were erased.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--reason", "mistake"),
        (str(uuid4()),),
        (str(uuid4()), "--reason", "because"),
        (str(uuid4()), "--reason", "mistake", "--deleted-before", "90d"),
        ("--deleted-before", "90"),
        ("--deleted-before", "0d"),
        ("--deleted-before", "90d", "--reason", "retention"),
    ],
)
def test_the_command_line_says_how_it_is_used(arguments: tuple[str, ...]) -> None:
    refused = CliRunner().invoke(app, ("erase", *arguments))
    assert refused.exit_code == 2
    assert "--reason" in refused.output or "--deleted-before" in refused.output


def test_the_command_line_names_who_is_not_there(company: Tenant) -> None:
    nobody = ("erase", str(uuid4()), "--reason", "mistake", "--company", company.name)
    refused = CliRunner().invoke(app, nobody, env={"DATABASE_URL": company.running.database_url})
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "There is no such contact" in refused.stderr


def test_the_command_line_erases_nobody_whom_it_cannot_note(
    company: Tenant, tmp_path: Path
) -> None:
    anna = company.create(email="anna@example.com")["id"]
    command = ("erase", anna, "--reason", "mistake", "--company", company.name)
    where = {"DATABASE_URL": company.running.database_url, "CONTACTS_ERASURES_FILE": str(tmp_path)}
    refused = CliRunner().invoke(app, command, env=where)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "CONTACTS_ERASURES_FILE" in refused.stderr
    assert company.read(anna)


def date_back(company: Tenant, contact_id: str, days: int) -> None:
    """Let a contact have been deleted long ago, as only a superuser can."""
    database = company.running.database
    with database.transaction():
        database.execute("SET LOCAL session_replication_role = replica")
        database.execute(
            "UPDATE log.event SET recorded_at = recorded_at - make_interval(days => %s) "
            "WHERE company_id = %s AND contact_id = %s",
            (days, company.id, contact_id),
        )
