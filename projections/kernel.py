"""What a projection is: a pure fold from events to rows, and the table that keeps them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping
from functools import cached_property
from importlib import resources
from operator import attrgetter
from typing import Any, ClassVar
from uuid import UUID

from domain.kernel import Event, Recorded

Key = Hashable
"""What tells the rows of one contact in one view apart."""


class View(ABC):
    """One table of the read model and the fold that fills it.

    `version` is raised by hand when the fold or the table changes; together with `schema` it makes
    the fingerprint of the read model.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    handles: ClassVar[frozenset[type[Event]]]

    columns: ClassVar[Mapping[str, str]]
    """Column → SQL type, of all columns but company_id and contact_id."""

    key: ClassVar[tuple[str, ...]]
    """The columns that, after company_id and contact_id, name a row."""

    @abstractmethod
    def fold(self, rows: Mapping[Key, Any], recorded: Recorded) -> Mapping[Key, Any]:
        """Return the rows that the event changes, by key; None for a row that ceases to be.

        Pure: `rows` are the contact's rows so far and stay as they are. A row is a NamedTuple whose
        fields include the columns; further fields are the fold's own memory.
        """

    @cached_property
    def schema(self) -> str:
        """The SQL that makes the table, in the schema that search_path names first."""
        package = type(self).__module__.rpartition(".")[0]
        return resources.files(package).joinpath("schema.sql").read_text("utf-8")

    @cached_property
    def upsert(self) -> str:
        """One statement for any number of rows, given as one JSON array."""
        typed = {"company_id": "uuid", "contact_id": "uuid", **self.columns}
        names = ", ".join(typed)
        key = ", ".join(("company_id", "contact_id", *self.key))
        changed = [column for column in self.columns if column not in self.key]
        return (
            f"INSERT INTO read.{self.name} ({names}) SELECT {names} FROM json_to_recordset(%s) "
            f"AS r({', '.join(f'{name} {kind}' for name, kind in typed.items())}) "
            f"ON CONFLICT ({key}) DO UPDATE SET "
            + ", ".join(f"{column} = excluded.{column}" for column in changed)
        )

    @cached_property
    def remove(self) -> str:
        """One statement that removes any number of rows, given as one JSON array of keys."""
        key = {"company_id": "uuid", "contact_id": "uuid"}
        key |= {column: self.columns[column] for column in self.key}
        return (
            f"DELETE FROM read.{self.name} t USING jsonb_to_recordset(%s) "
            f"AS r({', '.join(f'{name} {kind}' for name, kind in key.items())}) "
            f"WHERE {' AND '.join(f't.{column} = r.{column}' for column in key)}"
        )

    def record(self, company_id: UUID, contact_id: UUID, row: Any) -> dict[str, Any]:  # noqa: ANN401  # each view has its own row
        """Return a row as `upsert` takes it: what is missing is NULL, the fold's own memory stays.

        That may be large: the meetings of a contact who has thousands.
        """
        values = zip(self.columns, self._values(row), strict=True)
        record = {column: value for column, value in values if value is not None}
        record["company_id"], record["contact_id"] = company_id, contact_id
        return record

    @cached_property
    def _values(self) -> Callable[[Any], tuple[Any, ...]]:
        return attrgetter(*self.columns)
