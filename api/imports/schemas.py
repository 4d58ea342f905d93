"""Imports as callers ask for them and read them."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import UploadFile
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.bulk.judging import Status
from api.examples import SOME_ID
from api.fields import NO_ZERO, Read, Tag

State = Literal["running", "done", "refused", "undone"]


class ImportFields(BaseModel):
    """A list, and what is to be done with its rows."""

    model_config = ConfigDict(
        extra="forbid",
        alias_generator=to_camel,
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [{"file": "Vorname;E-Mail", "tags": ["Fair"]}]},
    )

    file: Annotated[UploadFile, Field(json_schema_extra={"format": "binary"})]
    """CSV, TSV, JSON lines or vCards, of at most 100 MB."""
    update_existing: bool = False
    """Change who is there, instead of skipping the row."""
    dry_run: bool = False
    """Give verdicts, and record nothing else."""
    tags: list[Tag] = Field(default_factory=list, max_length=100, examples=[["Fair"]])
    """A tag for every contact; may be repeated."""
    map: list[Annotated[str, Field(max_length=1_000, json_schema_extra=NO_ZERO)]] = Field(
        default_factory=list, max_length=1_000, examples=[["Mail=email"]]
    )
    """Which column becomes which field, as `Mail=email`; may be repeated."""


class CountsItem(Read):
    """How many rows there are of each kind; together they are all rows that have a verdict."""

    created: int = Field(examples=[98])
    """Rows that became a contact."""
    updated: int = Field(examples=[0])
    """Rows that changed a contact."""
    unchanged: int = Field(examples=[0])
    """Rows that said what is known already."""
    skipped: int = Field(examples=[1])
    """Rows about a contact that is there already, or in an earlier row."""
    failed: int = Field(examples=[1])
    """Rows that were refused."""


class ComplaintItem(Read):
    """What is wrong with a row."""

    column: str = Field(examples=["E-Mail"])
    """The column; empty when the row as a whole is meant."""
    value: str = Field(examples=["anna@@example.com"])
    """What stands in it, or its beginning."""
    message: str = Field(examples=["An email address must have exactly one @-sign."])
    """What is wrong with it."""


class RowItem(Read):
    """What became of a row."""

    row: int = Field(examples=[7])
    """The row, counted from 1; header and empty lines are no rows."""
    status: Status = Field(examples=["failed"])
    """What became of it."""
    id: UUID | None = Field(examples=[None])
    """The contact, if there is one."""
    errors: list[ComplaintItem]
    """Why it was skipped or failed; empty once it is too old to be kept."""


class ImportAnswer(Read):
    """An import, how far it is, and the verdicts of some rows."""

    id: UUID = Field(examples=[SOME_ID])
    """The import's id."""
    state: State = Field(examples=["running"])
    """`running`, `done`, `refused` as a whole, or `undone`."""
    reason: str | None = Field(examples=[None])
    """Why the file was refused."""
    dry_run: bool = Field(examples=[False])
    """Whether verdicts are given and nothing else is recorded."""
    kind: str = Field(examples=["a table separated by semicolons, cp1252"])
    """What the file was taken for."""
    columns: dict[str, str] = Field(examples=[{"Vorname": "firstName", "E-Mail": "email"}])
    """Which column became which field."""
    size: int = Field(examples=[10_240])
    """The file's size in bytes."""
    read: int = Field(examples=[8_192])
    """How many bytes of it are read."""
    rows: CountsItem
    """How many rows have a verdict."""
    results: list[RowItem]
    """At most 1,000 verdicts, in the order of the rows, behind the row `after`."""


class ErrorsQuery(BaseModel):
    """Which verdicts are answered."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    after: Annotated[int, Field(ge=0, le=2_147_483_647, examples=[0])] = 0
    """The row behind which the verdicts begin."""
    status: Annotated[Status | None, Field(examples=["failed"])] = None
    """Only verdicts of this kind."""
