"""Compares the live read model with another one, row by row, while everybody goes on writing."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Connection
from psycopg.sql import SQL, Composable, Identifier

from projections.contacts.tally import Counted
from projections.inline import VIEWS
from projections.kernel import View
from projections.rebuild.streams import Address, Heads, changed, heads
from projections.rebuild.tables import OF, columns_of, counters
from projections.schema import LIVE

NAMED = 20
"""Contacts that are named of a table that differs."""

# Rows that are in one table and not in the same form in the other, each once.
DIFFERENT = """
    WITH one AS (SELECT {columns} FROM {live} WHERE {condition}),
    two AS (SELECT {columns} FROM {other} WHERE {condition}),
    different AS MATERIALIZED (
        SELECT DISTINCT {key} FROM (
            (TABLE one EXCEPT TABLE two) UNION ALL (TABLE two EXCEPT TABLE one)
        ) AS row
    )
    SELECT (SELECT count(*) FROM two), (SELECT count(*) FROM different),
        ARRAY(SELECT DISTINCT contact_id FROM different ORDER BY contact_id LIMIT {named})
"""
COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
"""
COUNTS = """
    SELECT company_id, tag, account_owner_id, coalesce(one.contacts, 0) - coalesce(two.contacts, 0)
    FROM {live} AS one FULL JOIN {other} AS two USING (company_id, tag, account_owner_id)
    WHERE coalesce(one.contacts, 0) <> coalesce(two.contacts, 0)
"""


@dataclass
class Difference:
    """What differs in one table: how many rows, and the first contacts (companies, of counters).

    `rows` is how many were compared; `columns` those that only one of the two tables has.
    """

    rows: int
    different: int
    first: list[UUID]
    columns: list[str] = field(default_factory=list)


@dataclass
class Comparison:
    """The differences by table, and the contacts that changed too late to be compared."""

    tables: dict[str, Difference]
    left_out: list[Address]

    @property
    def different(self) -> int:
        """How many rows differ."""
        return sum(table.different for table in self.tables.values())

    def add(self, later: "Comparison") -> None:
        """Take over a comparison of those who were left out."""
        for name, found in later.tables.items():
            mine = self.tables[name]
            mine.rows += found.rows
            mine.different += found.different
            mine.first = sorted({*mine.first, *found.first})[:NAMED]
        self.left_out = later.left_out


def compare(
    connection: Connection[Any], other: LiteralString, seen: Heads, *, counted: bool
) -> Comparison:
    """Compare all rows of contacts that did not change after `seen`, where the other one stands.

    In one snapshot, in which live rows and log belong together. Whoever changed meanwhile is left
    out, for there the other one is older. Counters are compared only where the same code keeps
    them.
    """
    with snapshot(connection):
        late = changed(connection, seen, heads(connection))
        tables = {
            view.name: rows(connection, other, view, SQL("NOT ") + SQL(OF), late) for view in VIEWS
        }
        if counted:
            tables["contact_count"] = counts(connection, other, late)
    return Comparison(tables, late)


def compare_late(
    connection: Connection[Any], other: LiteralString, seen: Heads, wanted: Sequence[Address]
) -> Comparison:
    """Compare the rows of these contacts, but of those who changed after `seen` in turn."""
    with snapshot(connection):
        late = set(changed(connection, seen, heads(connection)))
        calm = [address for address in wanted if address not in late]
        tables = {view.name: rows(connection, other, view, SQL(OF), calm) for view in VIEWS}
    return Comparison(tables, [address for address in wanted if address in late])


@contextmanager
def snapshot(connection: Connection[Any]) -> Iterator[None]:
    """Let all statements see the same moment."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def rows(
    connection: Connection[Any],
    other: LiteralString,
    view: View,
    condition: Composable,
    contacts: Sequence[Address],
) -> Difference:
    """Compare one table, in the columns that both have, as far as the condition holds."""
    ours, theirs = (columns(connection, schema, view.name) for schema in (LIVE, other))
    shared = [name for name in theirs if name in ours]
    if not shared:
        return Difference(0, 0, [], theirs)
    query = SQL(DIFFERENT).format(
        columns=SQL(", ").join(map(Identifier, shared)),
        key=SQL(", ").join(map(Identifier, ("company_id", "contact_id", *view.key))),
        live=Identifier(LIVE, view.name),
        other=Identifier(other, view.name),
        condition=condition,
        named=NAMED,
    )
    [[total, different, first]] = connection.execute(query, columns_of(contacts) * 2).fetchall()
    return Difference(total, different, first, sorted(set(ours) ^ set(theirs)))


def columns(connection: Connection[Any], schema: str, table: str) -> list[str]:
    """Return the columns of a table; none when there is no such table."""
    return [name for (name,) in connection.execute(COLUMNS, (f"{schema}.{table}",))]


def counts(
    connection: Connection[Any], other: LiteralString, late: Sequence[Address]
) -> Difference:
    """Compare the counters; those that count a contact who was left out may differ by that much."""
    query = SQL(COUNTS).format(
        live=Identifier(LIVE, "contact_count"), other=Identifier(other, "contact_count")
    )
    found = Counter({(c, tag, owner): by for c, tag, owner, by in connection.execute(query)})
    live, behind = (counters(connection, schema, late) for schema in (LIVE, other))
    found.subtract(counted(live))
    found.update(counted(behind))
    wrong = [key for key, by in found.items() if by]
    total = connection.execute(
        SQL("SELECT count(*) FROM {}").format(Identifier(other, "contact_count"))
    ).fetchall()[0][0]
    return Difference(total, len(wrong), sorted({company_id for company_id, *_ in wrong})[:NAMED])


def counted(contacts: Mapping[Address, Counted]) -> Counter[tuple[UUID, str, str]]:
    """Count contacts as the counters do."""
    return Counter(
        (company_id, *counter) for (company_id, _), all_of in contacts.items() for counter in all_of
    )
