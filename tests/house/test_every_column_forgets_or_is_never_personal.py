"""Whatever can hold personal data says how it forgets a person, or why it need not."""

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from api.erasure.holders import HOLDERS, NEVER_PERSONAL
from projections.inline import VIEWS

COLUMNS = """
    SELECT table_schema || '.' || table_name, column_name FROM information_schema.columns
    JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_type = 'BASE TABLE' AND table_schema <> 'information_schema'
    AND NOT starts_with(table_schema, 'pg_') AND (
        data_type IN ('text', 'character varying', 'json', 'jsonb', 'bytea', 'ARRAY')
        AND udt_name <> '_uuid'
    )
"""

BY_THE_LOG = {"log.event.state"}
"""What `log.erase` blanks."""

BY_THE_READ_MODEL = {f"read.{view.name}" for view in VIEWS} | {"read.contact_count"}
"""What projections remove when a stream ends, and projections.forgetting in other read models."""


@pytest.fixture(scope="module")
def columns(server_url: str, template: str) -> set[tuple[str, str]]:
    """Table and name of each column in which a text could stand."""
    with psycopg.connect(make_conninfo(server_url, dbname=template)) as connection:
        return {(table, column) for table, column in connection.execute(COLUMNS)}


def names(table: str, column: str) -> set[str]:
    """A column can be listed by itself, or with its whole table."""
    return {table, f"{table}.{column}"}


def test_every_column_forgets_or_is_never_personal(columns: set[tuple[str, str]]) -> None:
    forgets = BY_THE_LOG | BY_THE_READ_MODEL
    forgets |= {f"{holder.table}.{column}" for holder in HOLDERS for column in holder.columns}
    assert columns
    unheard = [
        f"{t}.{c}" for t, c in columns if not names(t, c) & (forgets | NEVER_PERSONAL.keys())
    ]
    assert unheard == [], "list it in api/erasure/holders.py, with how it forgets or why not"


def test_nothing_is_listed_that_is_not_there(columns: set[tuple[str, str]]) -> None:
    listed = {f"{holder.table}.{column}" for holder in HOLDERS for column in holder.columns}
    known = {name for column in columns for name in names(*column)}
    assert (listed | NEVER_PERSONAL.keys()) - known == set()


def test_what_is_never_personal_has_a_reason() -> None:
    assert all(reason.strip() for reason in NEVER_PERSONAL.values())
