"""Checkpoint, export and verification as an auditor meets them: by HTTP and command line."""

import json
import re
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import psycopg
import pytest
from typer.testing import CliRunner, Result

from api.audit import verifier
from api.audit.signing import generate
from api.cli.main import app
from tests.acceptance.conftest import SIGNING_KEY, Running, Tenant, client_of, start, stop
from tests.acceptance.refusals import expect_refusal

FAULT, MISUSED = 1, 2


@pytest.fixture
def anna(company: Tenant) -> str:
    """A contact with a history, and another one beside it."""
    contact_id = company.create(email="anna@example.com", firstName="Jürgen")["id"]
    company.create(email="ben@example.com")
    company.http.patch(f"/crm/{contact_id}", json={"notes": 'says "hi"\n'})
    company.http.delete(f"/crm/{contact_id}")
    return str(contact_id)


@pytest.fixture
def kept(company: Tenant, anna: str, tmp_path: Path) -> Path:
    """What an auditor has put aside: checkpoint, keys, and an export."""
    assert anna
    for name in ("checkpoint", "public-keys"):
        answer = company.http.get(f"/audit/{name}")
        assert answer.status_code == 200, answer.text
        (tmp_path / f"{name}.json").write_bytes(answer.content)
    export = tmp_path / "export.jsonl"
    done = audit(company.running, "export", "--company", company.id, "--output", str(export))
    assert done.exit_code == 0, done.output
    return tmp_path


def audit(running: Running, *arguments: str, **settings: str) -> Result:
    env = {"DATABASE_URL": running.database_url, **settings}
    return CliRunner().invoke(app, ["audit", *arguments], env=env)


def offline(folder: Path, *arguments: str) -> Result:
    """Verify what lies in a folder, without a database."""
    files = [str(folder / "export.jsonl"), "--checkpoint", str(folder / "checkpoint.json")]
    keys = ["--public-key", str(folder / "public-keys.json")]
    return CliRunner().invoke(app, ["audit", "verify", *files, *keys, *arguments])


def tamper(company: Tenant, statement: str, *values: object) -> None:
    """Do what only a superuser can, past the triggers."""
    with psycopg.connect(company.running.database_url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement.encode(), (company.id, *values))


def test_a_checkpoint_says_where_the_log_stands(company: Tenant, anna: str) -> None:
    assert anna
    answer = company.http.get("/audit/checkpoint")
    again = company.http.get("/audit/checkpoint")
    assert answer.json() == again.json()
    assert answer.json()["position"] == company.position() == 4
    assert answer.json()["companyId"] == company.id


def test_an_export_is_verified_without_a_database(kept: Path) -> None:
    result = offline(kept)
    assert result.exit_code == 0, result.output
    assert "Whole: 4 events" in result.stdout
    assert "signed with key" in result.stdout
    assert json.loads(offline(kept, "--json").stdout) | {"companyId": "", "hash": ""} == {
        "whole": True,
        "companyId": "",
        "position": 4,
        "hash": "",
        "checkpoint": 4,
        "signatureChecked": True,
    }


def test_the_verifier_is_one_file_that_works_alone(kept: Path) -> None:
    shutil.copy(str(verifier.__file__), kept / "verifier.py")
    command = [sys.executable, "-I", "verifier.py", "export.jsonl", "--checkpoint"]
    command += ["checkpoint.json", "--public-key", "public-keys.json"]
    done = subprocess.run(command, cwd=kept, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Whole: 4 events")
    export = kept / "export.jsonl"
    export.write_bytes(export.read_bytes().replace("Jürgen".encode(), b"Jorgen"))
    done = subprocess.run(command, cwd=kept, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "NOT whole: position 1:" in done.stderr


def test_an_export_is_there_when_it_is_complete_and_for_its_owner_alone(kept: Path) -> None:
    assert stat.S_IMODE((kept / "export.jsonl").stat().st_mode) == 0o600
    assert [path.name for path in kept.iterdir() if "part" in path.name] == []


def test_an_export_goes_to_standard_output_and_nothing_else_does(
    company: Tenant, kept: Path
) -> None:
    done = audit(company.running, "export", "--company", company.id)
    assert done.stdout_bytes == (kept / "export.jsonl").read_bytes()


def test_an_export_of_one_contact_is_verified_and_keeps_the_others_secret(
    company: Tenant, anna: str, kept: Path
) -> None:
    export = kept / "export.jsonl"
    only = ("--contact", anna, "--output", str(export))
    assert audit(company.running, "export", "--company", company.id, *only).exit_code == 0
    lines = [json.loads(line) for line in export.read_text("utf-8").splitlines()]
    assert [line.get("contactId") for line in lines[1:-1]] == [anna, None, anna, anna]
    result = offline(kept)
    assert result.exit_code == 0, result.output
    assert "1 of them are there as digests only" in result.stdout


def test_a_contact_that_nobody_knows_is_not_exported(company: Tenant) -> None:
    only = ("--contact", "0190a5f0-1c2d-7e3f-8a4b-5c6d7e8f9a0b")
    refused = audit(company.running, "export", "--company", company.id, *only)
    assert refused.exit_code == FAULT
    assert refused.stderr.startswith("contacts: this company has no contact")
    assert refused.stdout == ""


def test_the_database_is_verified_where_it_lies(company: Tenant, kept: Path) -> None:
    checkpoint = ("--checkpoint", str(kept / "checkpoint.json"))
    assert audit(company.running, "verify", "--company", company.id).exit_code == 0
    company.create(email="later@example.com")
    # the checkpoint names its company, so nobody else need
    result = audit(company.running, "verify", *checkpoint)
    assert result.exit_code == 0, result.output
    assert "Whole: 5 events" in result.stdout
    assert "Nothing up to position 4 has changed" in result.stdout


@pytest.mark.parametrize(
    ("statement", "position"),
    [
        ("UPDATE log.event SET actor = 'me' WHERE company_id = %s AND position = 2", 2),
        ("UPDATE log.event SET state = 'other' WHERE company_id = %s AND position = 3", 3),
        ("UPDATE log.event SET state = NULL WHERE company_id = %s AND position = 3", 3),
        ("DELETE FROM log.event WHERE company_id = %s AND position = 3", 3),
        ("DELETE FROM log.event WHERE company_id = %s AND position = 4", 4),
        ("UPDATE log.event SET company_id = gen_random_uuid() WHERE company_id = %s", 1),
        ("UPDATE log.company_log SET hash = sha256(hash) WHERE company_id = %s", 5),
        ("DELETE FROM log.company_log WHERE company_id = %s", 5),
        ("UPDATE log.event SET source = chr(10) WHERE company_id = %s AND position = 2", 2),
    ],
)
def test_tampering_with_the_tables_is_named_by_its_position(
    company: Tenant, kept: Path, statement: str, position: int
) -> None:
    tamper(company, statement)
    result = audit(
        company.running, "verify", "--checkpoint", str(kept / "checkpoint.json"), "--json"
    )
    assert result.exit_code == FAULT
    found = json.loads(result.stdout)
    assert found["whole"] is False
    assert found["position"] == position
    # what the auditor took away is still good
    assert offline(kept).exit_code == 0


DAMAGED = [
    "recorded_at = 'infinity'",
    "recorded_at = '20000-01-01 UTC'",
    "state = 'no json'",
    """state = '{"schema":99,"data":{}}'""",
]


@pytest.mark.parametrize("damage", DAMAGED)
def test_an_event_that_cannot_be_read_any_more_is_named(
    company: Tenant, anna: str, damage: str
) -> None:
    tamper(company, f"UPDATE log.event SET {damage} WHERE company_id = %s AND position = 3")
    named = {
        "code": "event_unreadable",
        "position": 3,
        "message": "An event of the log cannot be read. `contacts audit verify` tells whether it "
        "was changed since it was recorded.",
    }
    for path in (
        f"/crm/{anna}/history",
        f"/crm/{anna}?asOf=position:3",
        f"/crm/{anna}/diff?from=position:1",
        f"/crm/{anna}/explain/Optin",
        "/crm/export?format=jsonl&asOf=position:4",
        "/events",
    ):
        answer = company.http.get(path)
        expect_refusal(answer, 500)
        assert answer.json().items() >= named.items(), path
    # what is whole can still be read
    assert len(company.http.get(f"/crm/{anna}/history?limit=1").json()["events"]) == 1
    assert company.http.get("/events?after=3").json()["next"] == 4
    env = {"DATABASE_URL": company.running.database_url}
    for command in (["history", anna], ["changes"], ["show", anna, "--at", "3"]):
        told = CliRunner().invoke(app, [*command, "--company", company.id], env=env)
        assert told.exit_code == FAULT
        assert told.stderr == f"contacts: {named['message']} position: 3\n"
    result = audit(company.running, "verify", "--company", company.id)
    assert "NOT whole: position 3: " in result.stderr


def test_a_head_whose_time_cannot_be_read_is_named(company: Tenant, anna: str) -> None:
    tamper(company, "UPDATE log.company_log SET recorded_at = 'infinity' WHERE company_id = %s")
    for path in (f"/crm/{anna}/diff?from=position:1", "/audit/checkpoint"):
        answer = company.http.get(path)
        expect_refusal(answer, 500)
        assert (answer.json()["code"], answer.json()["position"]) == ("event_unreadable", 4)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "DELETE FROM log.event WHERE company_id = %s AND position = 4",
            "position 4: the head of the log is at position 4, its last event at position 3",
        ),
        (
            "UPDATE log.company_log SET position = 3 WHERE company_id = %s",
            "position 5: the head of the log is at position 3, its last event at position 4",
        ),
        (
            "UPDATE log.company_log SET hash = sha256(hash) WHERE company_id = %s",
            "position 5: the head of the log has another hash than its last event, at position 4",
        ),
    ],
)
def test_a_head_that_is_not_that_of_the_last_event_is_told_by_positions(
    company: Tenant, anna: str, statement: str, fault: str
) -> None:
    assert anna
    tamper(company, statement)
    result = audit(company.running, "verify", "--company", company.id)
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (FAULT, f"NOT whole: {fault}")


def test_a_public_key_alone_checks_nothing_and_is_refused(kept: Path) -> None:
    keys, export = str(kept / "public-keys.json"), str(kept / "export.jsonl")
    why = "a public key checks the signature of a checkpoint"
    for files in ([], [export]):
        refused = CliRunner().invoke(app, ["audit", "verify", *files, "--public-key", keys])
        assert refused.exit_code == MISUSED
        assert why in " ".join(refused.stderr.replace("│", " ").split())
    alone = [sys.executable, str(verifier.__file__), export, "--public-key", keys]
    done = subprocess.run(alone, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (MISUSED, "")
    assert why in done.stderr


def test_a_checkpoint_that_somebody_else_signed_is_refused(
    company: Tenant, kept: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    other = ("--data-dir", str(own), "--company", company.id)
    made = audit(company.running, "checkpoint", *other, CONTACTS_SIGNING_KEY=SIGNING_KEY)
    assert json.loads(made.stdout) == json.loads((kept / "checkpoint.json").read_bytes())
    forged = json.loads(made.stdout) | {"position": 3}
    (kept / "checkpoint.json").write_text(json.dumps(forged))
    refused = offline(kept)
    assert refused.exit_code == FAULT
    assert "not what was signed" in refused.stderr


def test_a_checkpoint_needs_a_key(company: Tenant) -> None:
    refused = audit(company.running, "checkpoint", "--company", company.id)
    assert refused.exit_code == FAULT
    assert "CONTACTS_SIGNING_KEY_FILE" in refused.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("export.jsonl", "this is no export in the format contacts-export/1"),
        ("checkpoint.json", "this is no checkpoint in the format contacts-checkpoint/1"),
        ("public-keys.json", "the file of the public keys is neither PEM nor"),
    ],
)
def test_a_file_that_is_something_else_is_told_so_in_one_line(
    kept: Path, name: str, said: str
) -> None:
    for written in (b"\x89PNG\n", b"{}", b"[1]", b""):
        (kept / name).write_bytes(written)
        refused = offline(kept)
        assert refused.exit_code == FAULT
        *progress, last = refused.stderr.splitlines()
        assert last.startswith(f"contacts: {said}")
        assert set(progress) <= {"checking"}


def test_an_export_that_was_cut_off_is_told_so(kept: Path) -> None:
    export = kept / "export.jsonl"
    whole = export.read_bytes()
    for left in (0.5, 0.7, 0.8):
        export.write_bytes(whole[: int(len(whole) * left)])
        refused = offline(kept)
        assert refused.exit_code == FAULT
        assert re.search(r"NOT whole: position \d: the export ends here", refused.stderr)


def test_a_file_that_is_not_there_is_a_misuse(kept: Path) -> None:
    (kept / "checkpoint.json").unlink()
    assert offline(kept).exit_code == MISUSED


@pytest.fixture
def alone(database_url: str, tmp_path: Path) -> Iterator[Callable[..., httpx2.Client]]:
    """Start services of one's own with other settings; what is returned calls as the demo key."""
    with ExitStack() as stack:

        def serve(**settings: str) -> httpx2.Client:
            service = start(database_url, tmp_path / "service", **settings)
            stack.callback(stop, service)
            lines = (tmp_path / "service" / "demo.env").read_text("utf-8").splitlines()
            key = dict(line.split("=", 1) for line in lines)["CONTACTS_API_KEY"]
            return stack.enter_context(client_of(service, key))

        yield serve


def test_without_a_key_the_service_says_which_setting_is_missing(
    alone: Callable[..., httpx2.Client],
) -> None:
    http = alone()
    answer = http.get("/audit/checkpoint")
    expect_refusal(answer, 503)
    assert answer.json()["code"] == "no_signing_key"
    assert "CONTACTS_SIGNING_KEY_FILE" in answer.json()["detail"]
    assert http.get("/audit/public-keys").json() == {"result": []}


def test_old_public_keys_stay_published(
    alone: Callable[..., httpx2.Client], tmp_path: Path
) -> None:
    file = tmp_path / "key.pem"
    generate(file)
    old = alone(CONTACTS_SIGNING_KEY=SIGNING_KEY).get("/audit/checkpoint").json()
    http = alone(CONTACTS_SIGNING_KEY_FILE=str(file))
    new = http.get("/audit/checkpoint").json()
    keys = http.get("/audit/public-keys").json()["result"]
    assert [(key["keyId"], key["current"]) for key in keys] == [
        (new["keyId"], True),
        (old["keyId"], False),
    ]


def test_a_running_service_writes_checkpoints_into_a_directory(
    alone: Callable[..., httpx2.Client], tmp_path: Path
) -> None:
    folder = tmp_path / "checkpoints"
    settings = {"CONTACTS_CHECKPOINT_DIR": str(folder), "CONTACTS_CHECKPOINT_INTERVAL": "1"}
    http = alone(CONTACTS_SIGNING_KEY=SIGNING_KEY, **settings)
    assert http.post("/crm", json={"email": "a@example.com"}).status_code == 201
    deadline = time.monotonic() + 20
    while not list(folder.rglob("1.json")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (file,) = folder.rglob("1.json")
    assert json.loads(file.read_bytes()) == http.get("/audit/checkpoint").json()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CONTACTS_SIGNING_KEY", "no key", "CONTACTS_SIGNING_KEY"),
        ("CONTACTS_SIGNING_KEY_FILE", "missing.pem", "missing.pem"),
        ("CONTACTS_CHECKPOINT_DIR", "checkpoints", "CONTACTS_SIGNING_KEY_FILE"),
        ("CONTACTS_CHECKPOINT_URL", "ftp://auditor.example", "CONTACTS_CHECKPOINT_URL"),
        ("CONTACTS_CHECKPOINT_INTERVAL", "0", "CONTACTS_CHECKPOINT_INTERVAL"),
    ],
)
def test_a_service_that_could_not_sign_as_it_should_does_not_start(
    database_url: str, name: str, value: str, said: str
) -> None:
    env = {"DATABASE_URL": database_url, "CONTACTS_PORT": "0", name: value}
    result = CliRunner().invoke(app, ["serve"], env=env)
    assert result.exit_code == FAULT
    (line,) = result.stderr.splitlines()
    assert line.startswith("contacts: ")
    assert said in line
