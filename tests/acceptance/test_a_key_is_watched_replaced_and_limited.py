"""Last use, rotation with an overlap, and how often a key may call."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from tests.acceptance.conftest import Tenant, client_of, make_tenant, start, stop
from tests.acceptance.refusals import expect_refusal
from tests.acceptance.test_the_command_line_keeps_companies_and_keys import expect_one_line


@pytest.fixture
def limited(database_url: str, tmp_path: Path) -> Iterator[Tenant]:
    """A company on a service that limits its keys."""
    running = start(
        database_url, tmp_path / "data", CONTACTS_RATE_LIMIT="2/hour", CONTACTS_RATE_BURST="3"
    )
    tenant = make_tenant(running)
    with tenant.http:
        yield tenant
    stop(running)


def new_key(company: Tenant, *options: str) -> dict[str, Any]:
    command = ("keys", "create", "--company", company.id, "--json", *options)
    made: dict[str, Any] = company.running.contacts(*command)
    return made


def rotated(company: Tenant, key_id: str, *options: str) -> dict[str, Any]:
    command = ("keys", "rotate", key_id, "--company", company.id, "--json", *options)
    made: dict[str, Any] = company.running.contacts(*command)
    return made


def listed(company: Tenant) -> dict[str, dict[str, Any]]:
    keys = company.running.contacts("keys", "list", "--company", company.id, "--json")
    return {key["id"]: key for key in keys}


def allowed(company: Tenant, key: str) -> int:
    with client_of(company.running, key) as http:
        return http.get("/crm").status_code


def test_a_rotated_key_works_beside_the_new_one_until_it_ends(company: Tenant) -> None:
    old = new_key(company, "--scopes", "contacts:read", "--name", "website")
    made = rotated(company, old["id"], "--overlap", "1d")
    assert made["replaces"] == old["id"]
    ends = datetime.fromisoformat(made["oldEndsAt"]) - datetime.now(UTC)
    assert timedelta(hours=23) < ends <= timedelta(days=1)
    keys = listed(company)
    assert keys[old["id"]]["expiresAt"] == made["oldEndsAt"]
    assert (keys[made["id"]]["name"], keys[made["id"]]["expiresAt"]) == ("website", None)
    assert keys[made["id"]]["scopes"] == ["contacts:read"]
    assert [allowed(company, key) for key in (old["key"], made["key"])] == [200, 200]


def test_a_new_key_lives_as_long_as_the_old_one_did(company: Tenant) -> None:
    old = new_key(company, "--expires", "30d")
    made = rotated(company, old["id"])
    keys = listed(company)
    lives = datetime.fromisoformat(keys[made["id"]]["expiresAt"]) - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < lives <= timedelta(days=30)


def test_a_rotation_never_lengthens_the_life_of_the_old_key(company: Tenant) -> None:
    old = new_key(company, "--expires", "2d")
    before = listed(company)[old["id"]]["expiresAt"]
    rotated(company, old["id"], "--overlap", "90d")
    assert listed(company)[old["id"]]["expiresAt"] == before


def test_a_key_that_no_longer_works_is_not_rotated(company: Tenant) -> None:
    old = new_key(company)
    company.running.contacts("keys", "revoke", old["id"], "--company", company.id)
    before = listed(company)
    environment = {"DATABASE_URL": company.running.database_url}
    command = ["keys", "rotate", old["id"], "--company", company.id]
    expect_one_line(CliRunner().invoke(app, command, env=environment), old["id"])
    assert listed(company) == before


def test_a_limited_key_is_told_what_is_left_and_then_refused(limited: Tenant) -> None:
    answers = [limited.http.get("/crm") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert [a.headers["ratelimit"].split(";")[1] for a in answers] == ["r=2", "r=1", "r=0"]
    assert answers[0].headers["ratelimit-policy"] == '"key";q=3;w=5400'
    before = limited.position()
    refused = limited.http.post("/crm", json={"email": "a@example.com"})
    expect_refusal(refused, 429)
    assert refused.json()["code"] == "rate_limited"
    assert 0 < int(refused.headers["retry-after"]) <= 1800
    assert "r=0" in refused.headers["ratelimit"]
    assert limited.position() == before
    other = new_key(limited)
    assert allowed(limited, other["key"]) == 200


def test_without_the_setting_nothing_is_limited(company: Tenant) -> None:
    answers = [company.http.get("/v4/user/me") for _ in range(50)]
    assert {answer.status_code for answer in answers} == {200}
    assert "ratelimit" not in answers[0].headers


def test_the_last_use_of_a_key_is_listed(database_url: str, tmp_path: Path) -> None:
    running = start(database_url, tmp_path / "data")
    tenant = make_tenant(running)
    unused, used = new_key(tenant), new_key(tenant)
    began = datetime.now(UTC) - timedelta(seconds=1)
    with tenant.http:
        assert allowed(tenant, used["key"]) == 200
    stop(running)  # at the latest then it is noted
    keys = listed(tenant)
    assert keys[unused["id"]]["lastUsedAt"] is None
    assert datetime.fromisoformat(keys[used["id"]]["lastUsedAt"]) > began
