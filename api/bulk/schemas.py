"""Many contacts in one call, as callers send and read them."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.contacts.schemas import ContactFields, Email, Id, Read, Sent

MAX_CONTACTS = 1_000
MAX_IDS = 500


class BulkRow(ContactFields):
    """A contact to create; what we cannot resolve is kept in additionalData."""

    account_owner_email: Email = None
    crm_company_ref: Id | None = None
    meeting_type_ref: Id | None = None


class BulkFields(Sent):
    """Contacts to create. Each row is judged on its own, so a bad one does not fail the others."""

    model_config = ConfigDict(
        extra="forbid",
        alias_generator=to_camel,
        json_schema_extra={
            "example": {
                "contacts": [
                    {"firstName": "Anna", "email": "anna.mueller@example.com", "tags": ["Lead"]},
                    {"lastName": "Doe", "phoneNumber": "+4915112345678"},
                ],
                "updateExisting": False,
            }
        },
    )

    contacts: Annotated[
        list[Any],
        Field(
            min_length=1,
            max_length=MAX_CONTACTS,
            json_schema_extra={"items": {"$ref": "#/components/schemas/BulkRow"}},
        ),
    ]
    update_existing: bool = False


class BulkDeleteFields(Sent):
    """Contacts to delete."""

    contact_ids: Annotated[list[UUID], Field(min_length=1, max_length=MAX_IDS)]


class RowError(Read):
    """What is wrong with a field of a row."""

    field: str
    message: str


class RowVerdict(Read):
    """What became of a row, counted from 0."""

    index: int
    status: Literal["created", "updated", "unchanged", "skipped", "failed"]
    id: UUID | None = None
    errors: list[RowError] = Field(default_factory=list)


class BulkAnswer(Read):
    """The verdicts, and how many there are of each kind."""

    created: int
    updated: int
    unchanged: int
    skipped: int
    failed: int
    results: list[RowVerdict]


class DeleteVerdict(Read):
    """What became of one id."""

    id: UUID
    status: Literal["deleted", "notFound"]


class BulkDeleteAnswer(Read):
    """The verdicts, and how many there are of each kind."""

    deleted: int
    not_found: int
    results: list[DeleteVerdict]
