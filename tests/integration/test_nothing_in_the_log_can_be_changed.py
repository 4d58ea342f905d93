"""What triggers and roles keep anybody from doing by accident."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, RestrictViolation

from tests.integration.logs import AS_OWNER, Log, connected

CONTACT = UUID("0190a5f0-1c2e-7000-9000-00000000000a")
REWRITES = [
    "UPDATE log.event SET state = NULL",
    "UPDATE log.event SET state = 'other'",
    "UPDATE log.event SET topic = 'contact.created'",
    "UPDATE log.event SET actor = 'somebody else'",
    "UPDATE log.event SET recorded_at = recorded_at - interval '1 day'",
    "UPDATE log.event SET digest = '', hash = ''",
    "DELETE FROM log.event",
    "TRUNCATE log.event",
    "UPDATE log.company_log SET position = position - 1",
    "UPDATE log.company_log SET hash = sha256(hash)",
    "UPDATE log.company_log SET position = position + 1, recorded_at = '2020-01-01Z'",
    "UPDATE log.company_log SET position = position + 1, company_id = gen_random_uuid()",
    "DELETE FROM log.company_log",
    "TRUNCATE log.company_log",
]
NOT_FOR_THE_SERVICE = [
    "INSERT INTO log.company_log VALUES (gen_random_uuid(), 0, sha256(''), now())",
    "INSERT INTO log.event SELECT * FROM log.event",
    "SELECT FROM log.company_log FOR UPDATE",
    "CREATE TABLE log.other ()",
    "ALTER TABLE log.event DISABLE TRIGGER ALL",
    "DROP TABLE log.event",
    "SELECT log.check_batch('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')",
]


@pytest.fixture
def log(database_url: str) -> Log:
    log = Log(database_url)
    log.append(CONTACT, "contact.created", "contact.updated")
    return log


def execute(connect: Callable[[], psycopg.Connection[Any]], statement: str) -> None:
    with connect() as connection:
        connection.execute(statement.encode())


def outcomes(
    connect: Callable[[], psycopg.Connection[Any]], statements: Sequence[str]
) -> dict[str, type[psycopg.Error] | None]:
    """Try each statement in a transaction of its own."""
    errors: dict[str, type[psycopg.Error] | None] = dict.fromkeys(statements)
    with connect() as connection:
        for statement in statements:
            try:
                with connection.transaction():
                    connection.execute(statement.encode())
            except psycopg.Error as error:
                errors[statement] = type(error)
    return errors


@pytest.mark.parametrize("options", [AS_OWNER, ""], ids=["owner", "superuser"])
def test_not_even_the_owner_changes_or_removes_anything(
    log: Log, superuser_url: str, options: str
) -> None:
    tried = outcomes(connected(superuser_url, options), REWRITES)
    assert tried == dict.fromkeys(REWRITES, RestrictViolation)
    log.assert_whole()


def test_the_service_itself_may_only_read_and_call_functions(log: Log, database_url: str) -> None:
    statements = [*REWRITES, *NOT_FOR_THE_SERVICE]
    tried = outcomes(connected(database_url), statements)
    assert tried == dict.fromkeys(statements, InsufficientPrivilege)
    log.assert_whole()


def test_a_stranger_neither_reads_nor_calls_anything(log: Log, superuser_url: str) -> None:
    stranger = f"stranger_{uuid4().hex}"
    with connected(superuser_url, "")() as connection:
        connection.execute(f"CREATE ROLE {stranger}")
        allowed = connection.execute(
            "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'log'::regnamespace"
            " AND has_function_privilege(%s, oid, 'EXECUTE')",
            (stranger,),
        ).fetchall()
        connection.execute(f"SET ROLE {stranger}")
        with pytest.raises(InsufficientPrivilege), connection.transaction():
            connection.execute("SELECT FROM log.event")
        connection.execute("RESET ROLE")
        connection.execute(f"DROP ROLE {stranger}")
    assert allowed == []
    log.assert_whole()


def test_functions_with_the_rights_of_the_owner_look_names_up_in_no_schema_of_the_caller(
    superuser_url: str,
) -> None:
    with connected(superuser_url, "")() as connection:
        unsafe = connection.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'log'::regnamespace AND prosecdef"
            " AND proconfig IS DISTINCT FROM ARRAY['search_path=pg_catalog, pg_temp']"
        ).fetchall()
    assert unsafe == []


def test_everything_belongs_to_the_owner_that_cannot_log_in(superuser_url: str) -> None:
    with connected(superuser_url, "")() as connection:
        owners = connection.execute(
            "SELECT DISTINCT pg_get_userbyid(owner), rolcanlogin FROM ("
            "  SELECT relowner AS owner FROM pg_class WHERE relnamespace = 'log'::regnamespace"
            "  UNION SELECT proowner FROM pg_proc WHERE pronamespace = 'log'::regnamespace"
            "  UNION SELECT nspowner FROM pg_namespace WHERE nspname = 'log'"
            ") AS owned JOIN pg_roles ON pg_roles.oid = owner"
        ).fetchall()
    assert owners == [("contacts_owner", False)]


def test_the_chain_shows_what_somebody_changed_behind_the_triggers(
    log: Log, superuser_url: str
) -> None:
    execute(
        connected(superuser_url, "-c session_replication_role=replica"),
        "UPDATE log.event SET actor = 'somebody else' WHERE position = 1",
    )
    with pytest.raises(AssertionError, match="the chain breaks at position 1"):
        log.assert_whole()
