"""Many contacts in one call, as callers send and read them."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.contacts.examples import ANNA
from api.contacts.schemas import NewContact
from api.examples import REF
from api.fields import Email, Id, Read, Sent

MAX_CONTACTS = 1_000
MAX_IDS = 500


class BulkRow(NewContact):
    """A contact to create; either `email` or `phoneNumber` must be there.

    References that cannot be resolved are kept in `additionalData` under their own names.
    """

    account_owner_email: Email = None
    """E-mail address of the user who looks after the contact."""
    crm_company_ref: Id | None = None
    """The company that the contact works for, as another system calls it."""
    meeting_type_ref: Id | None = None
    """The kind of meeting that the contact came by, as another system calls it."""


class BulkFields(Sent):
    """Contacts to create. Each row is judged on its own, so a bad one does not fail the others."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "contacts": [
                        {
                            "firstName": "Anna",
                            "email": "anna.mueller@example.com",
                            "tags": ["Lead"],
                        },
                        {"lastName": "Doe", "phoneNumber": "+4915112345678"},
                    ],
                    "updateExisting": False,
                }
            ]
        }
    )

    contacts: Annotated[
        list[Any],
        Field(
            min_length=1,
            max_length=MAX_CONTACTS,
            json_schema_extra={"items": {"$ref": f"{REF}BulkRow"}},
        ),
    ]
    """The rows."""
    update_existing: Annotated[bool, Field(strict=True)] = False
    """Update the contact that has a row's address, instead of skipping the row."""


class BulkDeleteFields(Sent):
    """Contacts to delete."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"contactIds": [ANNA["id"]]}]})

    contact_ids: Annotated[list[UUID], Field(min_length=1, max_length=MAX_IDS)]
    """Their ids."""


class RowError(Read):
    """What is wrong with a field of a row."""

    field: str = Field(examples=["email"])
    """The field, or `row` for the whole."""
    message: str = Field(examples=["An email address must have an @-sign."])
    """What is wrong with it."""


class RowVerdict(Read):
    """What became of a row."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"index": 0, "status": "created", "id": ANNA["id"], "errors": []}]
        }
    )

    index: int
    """The row, counted from 0."""
    status: Literal["created", "updated", "unchanged", "skipped", "failed"]
    """What became of it; `skipped` when its address has a contact, or an earlier row, already."""
    id: UUID | None = None
    """The contact, or the one that has the address; null if there is none."""
    errors: list[RowError] = Field(default_factory=list)
    """Why it was skipped or failed."""


class BulkAnswer(Read):
    """The verdicts, and how many there are of each kind."""

    created: int = Field(examples=[1])
    """Rows that became a contact."""
    updated: int = Field(examples=[0])
    """Rows that changed the contact that has their address."""
    unchanged: int = Field(examples=[0])
    """Rows that said what is known already."""
    skipped: int = Field(examples=[0])
    """Rows whose address has a contact, or an earlier row, already."""
    failed: int = Field(examples=[0])
    """Rows that were refused."""
    results: list[RowVerdict]
    """A verdict for each row, in their order."""


class DeleteVerdict(Read):
    """What became of one id."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": ANNA["id"], "status": "deleted"}]}
    )

    id: UUID
    """The id that was sent."""
    status: Literal["deleted", "notFound"]
    """`deleted` also when the contact was deleted before."""


class BulkDeleteAnswer(Read):
    """The verdicts, and how many there are of each kind."""

    deleted: int = Field(examples=[1])
    """Contacts that are deleted now."""
    not_found: int = Field(examples=[0])
    """Ids that no contact has, or had one that was erased."""
    results: list[DeleteVerdict]
    """A verdict for each id, once."""
