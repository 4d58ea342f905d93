"""`contacts companies`, `contacts keys` and `contacts migrate`: what they do, print and refuse."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app
from tests.acceptance.conftest import EVERYTHING, Running

Command = Callable[..., Result]
MISUSED = 2
REFUSED = 1


@pytest.fixture
def contacts(database_url: str) -> Command:
    """Run `contacts …` on a database of its own, which has no company yet."""
    return partial(run, database_url)


@pytest.fixture
def nowhere() -> Command:
    """Run `contacts …` where no database answers: for what is refused before one is asked."""
    return partial(run, "postgresql://127.0.0.1:1/nowhere")


def run(url: str, *arguments: str, **settings: str) -> Result:
    """Run `contacts …` on a database."""
    return CliRunner().invoke(app, arguments, env={"DATABASE_URL": url, **settings})


def printed(result: Result) -> Any:
    """What a command printed for other programs."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def expect_one_line(result: Result, *words: str) -> None:
    """A refusal is one line for people, and no stack trace."""
    assert result.exit_code == REFUSED, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("contacts: ")
    for word in words:
        assert word in line


def test_a_company_is_made_and_listed(contacts: Command) -> None:
    made = printed(contacts("companies", "create", "Acme & Söhne", "--region", "us", "--json"))
    assert made == {"id": made["id"], "name": "Acme & Söhne", "region": "US"}
    assert UUID(made["id"])
    (listed,) = printed(contacts("companies", "list", "--json"))
    assert datetime.fromisoformat(listed.pop("createdAt")) <= datetime.now(UTC)
    assert listed == made


def test_without_json_a_company_is_its_id_and_a_table(contacts: Command) -> None:
    result = contacts("companies", "create", "Acme")
    assert UUID(result.stdout.strip())
    table = contacts("companies", "list", COLUMNS="200").stdout
    assert "Acme" in table
    assert result.stdout.strip() in table
    assert "DE" in table


def test_two_companies_cannot_have_one_name(contacts: Command) -> None:
    contacts("companies", "create", "Acme")
    expect_one_line(contacts("companies", "create", "Acme", "--json"), "'Acme'")
    assert len(printed(contacts("companies", "list", "--json"))) == 1


@pytest.mark.parametrize("name", ["", " ", " Acme", "a\nb", "a\0b", "x" * 201])
def test_a_name_that_cannot_be_shown_is_refused(contacts: Command, name: str) -> None:
    assert contacts("companies", "create", name).exit_code == MISUSED
    assert printed(contacts("companies", "list", "--json")) == []


@pytest.mark.parametrize("region", ["", "X", "XX", "Germany"])
def test_a_region_that_is_no_country_is_refused(nowhere: Command, region: str) -> None:
    assert nowhere("companies", "create", "Acme", "--region", region).exit_code == MISUSED


def test_a_key_is_printed_once_and_never_listed(contacts: Command) -> None:
    company = printed(contacts("companies", "create", "Acme", "--json"))
    made = printed(contacts("keys", "create", "--json"))
    assert made["company"] == company["id"]
    assert made["scopes"] == ["contacts:write"]
    assert made["key"].startswith("ctk_")
    assert len(made["key"]) > 40
    result = contacts("keys", "list", "--json")
    (listed,) = printed(result)
    moments = {"createdAt", "expiresAt", "revokedAt", "lastUsedAt"}
    assert set(listed) == {"id", "name", "scopes", *moments}
    assert (listed["id"], listed["scopes"]) == (made["id"], ["contacts:write"])
    assert (listed["expiresAt"], listed["revokedAt"]) == (None, None)
    assert made["key"] not in result.stdout


def test_without_json_a_key_is_the_only_word_and_the_list_a_table(contacts: Command) -> None:
    contacts("companies", "create", "Acme")
    key = contacts("keys", "create", "--scopes", "audit").stdout
    assert key.strip().startswith("ctk_")
    assert len(key.split()) == 1
    table = contacts("keys", "list", COLUMNS="200").stdout
    assert "audit" in table
    assert key.strip() not in table


def test_a_narrow_terminal_shows_all_of_every_key(contacts: Command) -> None:
    contacts("companies", "create", "Acme")
    options = ("--scopes", EVERYTHING, "--expires", "90d", "--name", "[the shop]", "--json")
    made = printed(contacts("keys", "create", *options))
    (listed,) = printed(contacts("keys", "list", "--json"))
    words = contacts("keys", "list", COLUMNS="80").stdout.replace("│", " ").split()
    assert {made["id"], *made["scopes"], "shop]"} <= set(words)
    for moment in ("createdAt", "expiresAt"):
        assert f"{listed[moment][:16].replace('T', ' ')}" in " ".join(words)


def test_a_key_gets_the_scopes_and_the_time_that_were_asked(contacts: Command) -> None:
    contacts("companies", "create", "Acme")
    made = printed(contacts("keys", "create", "--scopes", EVERYTHING, "--expires", "90d", "--json"))
    assert made["scopes"] == EVERYTHING.split(",")
    (listed,) = printed(contacts("keys", "list", "--json"))
    expires = datetime.fromisoformat(listed["expiresAt"]) - datetime.now(UTC)
    assert timedelta(days=89, hours=23) < expires <= timedelta(days=90)


@pytest.mark.parametrize(
    "options",
    [
        ("--scopes", ""),
        ("--scopes", "contacts:read,everything"),
        ("--expires", "0d"),
        ("--expires", "-1d"),
        ("--expires", "2020-01-01"),
        ("--expires", "tomorrow"),
        ("--expires", f"{'9' * 20}d"),
        ("--unknown",),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(contacts: Command, options: tuple[str, ...]) -> None:
    contacts("companies", "create", "Acme")
    assert contacts("keys", "create", *options).exit_code == MISUSED
    assert printed(contacts("keys", "list", "--json")) == []


def test_a_revoked_key_is_listed_as_such(contacts: Command) -> None:
    contacts("companies", "create", "Acme")
    made = printed(contacts("keys", "create", "--json"))
    for _ in range(2):
        assert contacts("keys", "revoke", made["id"]).exit_code == 0
    (listed,) = printed(contacts("keys", "list", "--json"))
    assert datetime.fromisoformat(listed["revokedAt"]) <= datetime.now(UTC)


def test_a_key_is_revoked_by_its_own_company_only(contacts: Command) -> None:
    for name in ("Acme", "Zeta"):
        contacts("companies", "create", name)
    made = printed(contacts("keys", "create", "--company", "Acme", "--json"))
    expect_one_line(contacts("keys", "revoke", made["id"], "--company", "Zeta"), made["id"])
    expect_one_line(contacts("keys", "revoke", str(uuid4()), "--company", "Acme"))
    assert contacts("keys", "revoke", "no-uuid", "--company", "Acme").exit_code == MISUSED
    (listed,) = printed(contacts("keys", "list", "--company", "Acme", "--json"))
    assert listed["revokedAt"] is None


def test_a_company_is_chosen_by_name_or_id(contacts: Command) -> None:
    acme = printed(contacts("companies", "create", "Acme", "--json"))["id"]
    zeta = printed(contacts("companies", "create", "Zeta", "--json"))["id"]
    for chosen, company in (("Acme", acme), (acme, acme), ("Zeta", zeta)):
        made = printed(contacts("keys", "create", "--company", chosen, "--json"))
        assert made["company"] == company


def test_which_company_is_meant_must_be_clear(contacts: Command) -> None:
    for command in (("keys", "list"), ("keys", "create"), ("keys", "revoke", str(uuid4()))):
        expect_one_line(contacts(*command), "contacts companies create")
    for name in ("Acme", "Zeta"):
        contacts("companies", "create", name)
    for command in (("keys", "list"), ("keys", "create"), ("keys", "revoke", str(uuid4()))):
        expect_one_line(contacts(*command), "--company", "'Acme'", "'Zeta'")
        expect_one_line(contacts(*command, "--company", "Nobody"), "'Nobody'", "'Acme'", "'Zeta'")
        expect_one_line(contacts(*command, "--company", ""), "'Acme'")


def test_migrating_twice_is_fine(contacts: Command, empty_database_url: str) -> None:
    first, second = (contacts("migrate", DATABASE_URL=empty_database_url) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout != second.stdout
    assert contacts("companies", "list", DATABASE_URL=empty_database_url).exit_code == 0


def test_a_command_on_an_empty_database_makes_its_tables(
    contacts: Command, empty_database_url: str
) -> None:
    made = printed(contacts("companies", "create", "A", "--json", DATABASE_URL=empty_database_url))
    with psycopg.connect(empty_database_url) as connection:
        row = connection.execute("SELECT company_id, position FROM log.company_log").fetchone()
    assert row == (UUID(made["id"]), 0)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://127.0.0.1:1/contacts",
        "postgresql:///contacts?host=/nowhere",
        "postgresql://127.0.0.1:1/contacts?nonsense=1",
        "mysql://localhost/contacts",
        "nonsense",
    ],
)
def test_a_database_that_is_not_there_is_told_in_one_line(contacts: Command, url: str) -> None:
    for command in (("companies", "list"), ("migrate",), ("keys", "list")):
        expect_one_line(contacts(*command, DATABASE_URL=url))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONTACTS_PORT", "abc"),
        ("CONTACTS_PORT", "65536"),
        ("CONTACTS_WORKERS", "0"),
        ("CONTACTS_LOG_FORMAT", "xml"),
        ("CONTACTS_MIGRATE", "perhaps"),
        ("CONTACTS_RATE_LIMIT", "often"),
        ("CONTACTS_PUBLIC_URL", "contacts.example.com"),
        ("CONTACTS_PUBLIC_URL", "ftp://contacts.example.com"),
        ("CONTACTS_PUBLIC_URL", "https://"),
        ("CONTACTS_PUBLIC_URL", "https://contacts.example.com:port"),
        ("CONTACTS_PUBLIC_URL", "https://contacts.example.com/?page=1"),
        ("CONTACTS_PUBLIC_URL", "https://contacts.example.com/\r\nBcc: b@example.com"),
        ("CONTACTS_PUBLIC_URL", "https://user:password@contacts.example.com"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(nowhere: Command, name: str, value: str) -> None:
    for command in (("companies", "list"), ("serve",)):
        result = nowhere(*command, **{name: value})
        expect_one_line(result, name)
        assert "Value error" not in result.stderr
        assert "password" not in result.stderr


def test_an_address_of_the_service_may_have_a_path_and_a_slash(contacts: Command) -> None:
    contacts("companies", "create", "Acme")
    given = {"CONTACTS_PUBLIC_URL": "https://example.com:8443/contacts/"}
    made = printed(contacts("intake", "add", "meetergo", "--json", **given))
    assert made["url"].startswith("https://example.com:8443/contacts/intake/meetergo/cth_")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("keys", "nonsense"),
        ("companies", "create"),
        ("companies", "create", "A", "B"),
        ("keys", "revoke"),
        ("serve", "--port", "abc"),
        ("migrate", "--force"),
    ],
)
def test_misuse_ends_with_two(nowhere: Command, arguments: tuple[str, ...]) -> None:
    assert nowhere(*arguments).exit_code == MISUSED


@pytest.mark.parametrize(
    "arguments",
    [(), ("serve",), ("migrate",), ("companies",), ("companies", "create"), ("keys", "create")],
)
def test_help_explains_every_command(nowhere: Command, arguments: tuple[str, ...]) -> None:
    result = nowhere(*arguments, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.stdout


def test_commands_work_beside_a_running_service(running: Running) -> None:
    name = f"beside {uuid4()}"
    made = running.contacts("companies", "create", name, "--json")
    assert made in [
        {field: listed[field] for field in ("id", "name", "region")}
        for listed in running.contacts("companies", "list", "--json")
    ]
