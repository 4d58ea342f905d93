"""Judges rows one by one: which are sent to the write side, and what its outcomes mean."""

from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from pydantic import ValidationError

from api.bulk.schemas import BulkRow, RowError, RowVerdict
from api.contacts import wishes
from api.dependencies import Caller
from api.problems import field_name, reason
from domain import errors
from domain.application.requests import Change, Done, Outcome, Request
from domain.contact.events import Details

REFERENCES = ("account_owner_email", "crm_company_ref", "meeting_type_ref")


@dataclass(slots=True)
class Rows:
    """The rows of one call on their way to a verdict each."""

    caller: Caller
    update_existing: bool
    verdicts: dict[int, RowVerdict] = field(default_factory=dict)
    requests: dict[int, Request] = field(default_factory=dict)
    addresses: dict[str, int] = field(default_factory=dict)

    def take(self, index: int, sent: object) -> None:
        """Judge what can be judged without the database; keep the rest as a request."""
        try:
            row = BulkRow.model_validate(sent)
        except ValidationError as wrong:
            self.fail(index, [(field_name(("row", *e["loc"])), reason(e)) for e in wrong.errors()])
            return
        known = with_references(wishes.details(row, self.caller.region), row)
        address = wishes.claim(known)
        if address is not None:
            first = self.addresses.setdefault(address, index)
            if first != index:
                self.skip(index, f"row {first} has the same address")
                return
        self.requests[index] = wishes.create(
            self.caller, known, row.tags, update_existing=self.update_existing
        )

    def settle(self, outcomes: list[Outcome]) -> None:
        """Turn the outcomes of the requests into verdicts."""
        for index, outcome in zip(self.requests, outcomes, strict=True):
            if isinstance(outcome, Done):
                change = outcome.changes[0]
                self.verdicts[index] = RowVerdict(
                    index=index, status=status_of(change), id=change.contact_id
                )
            elif isinstance(outcome, errors.EmailTaken):
                self.skip(index, outcome.message, UUID(str(outcome.details["existingContactId"])))
            elif isinstance(outcome, errors.DomainError):
                self.fail(index, [(name, outcome.message) for name in outcome.fields or ("row",)])
            else:
                self.fail(index, [("row", errors.Busy().message)])

    def skip(self, index: int, why: str, holder: UUID | None = None) -> None:
        """Leave a row out, since its address has a contact already."""
        error = RowError(field="email", message=why)
        self.verdicts[index] = RowVerdict(index=index, status="skipped", id=holder, errors=[error])

    def fail(self, index: int, wrong: list[tuple[str, str]]) -> None:
        """Refuse a row, naming its fields."""
        found = [RowError(field=name, message=message) for name, message in wrong]
        self.verdicts[index] = RowVerdict(index=index, status="failed", errors=found)

    def answer(self) -> dict[str, Any]:
        """Return the verdicts in order, and their numbers."""
        results = [self.verdicts[index] for index in sorted(self.verdicts)]
        counts = dict.fromkeys(("created", "updated", "unchanged", "skipped", "failed"), 0)
        for verdict in results:
            counts[verdict.status] += 1
        return {**counts, "results": results}


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
