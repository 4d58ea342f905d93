"""Judges one row, as bulk calls and imports do: what it says, and what became of it."""

from typing import Literal
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from api.bulk.schemas import BulkRow
from api.contacts.known import details
from api.problems import field_name, reason
from domain import errors
from domain.application.requests import Change, Done, Outcome
from domain.contact.events import Details

Status = Literal["created", "updated", "unchanged", "skipped", "failed"]
Complaints = list[tuple[str, str]]
"""Fields, or `row` for the whole, each with what is wrong with it."""

Judged = tuple[Status, UUID | None, Complaints]
"""What became of a row, of which contact, and why."""

JUDGED: TypeAdapter[Judged] = TypeAdapter(Judged)

REFERENCES = ("account_owner_email", "crm_company_ref", "meeting_type_ref")


def read_row(sent: object, region: str) -> tuple[Details, list[str] | None]:
    """Return what a row says of a contact, and its tags; raises ValidationError."""
    row = BulkRow.model_validate(sent)
    return with_references(details(row, region), row), row.tags


def complaints(wrong: ValidationError) -> Complaints:
    """Name the fields of a row that are wrong, each with what is wrong with it."""
    return [(field_name(("row", *entry["loc"])), reason(entry)) for entry in wrong.errors()]


def noted(outcome: Outcome) -> str:
    """Return what a receipt keeps of a row."""
    return JUDGED.dump_json(judged(outcome)).decode()


def judged(outcome: Outcome) -> Judged:
    """Tell what became of a row, or became of it when the same call came before."""
    if isinstance(outcome, Done):
        if outcome.answer is not None:
            return JUDGED.validate_json(outcome.answer)
        change = outcome.changes[0]
        return status_of(change), change.contact_id, []
    if isinstance(outcome, errors.EmailTaken):
        holder = UUID(str(outcome.details["existingContactId"]))
        return "skipped", holder, [("email", outcome.message)]
    refusal = outcome if isinstance(outcome, errors.DomainError) else errors.Busy()
    return "failed", None, [(name, refusal.message) for name in refusal.fields or ("row",)]


def status_of(change: Change) -> Literal["created", "updated", "unchanged"]:
    """Tell what a granted row did."""
    if change.created:
        return "created"
    return "updated" if change.changed else "unchanged"


def with_references(known: Details, row: BulkRow) -> Details:
    """Keep references that we cannot resolve in the additional data, under their own names."""
    given = {name: value for name in REFERENCES if (value := getattr(row, name)) is not None}
    if not given:
        return known
    aliases = {BulkRow.model_fields[name].alias or name: value for name, value in given.items()}
    data = {**aliases, **(known.additional_data or {})}
    fields = {name: getattr(known, name) for name in known.model_fields_set}
    return Details(**{**fields, "additional_data": data})
