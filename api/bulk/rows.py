"""Judges rows one by one: which are sent to the write side, and what its outcomes mean."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from api.bulk.judging import Complaints, complaints, judged, read_row
from api.bulk.schemas import RowError, RowVerdict
from api.contacts import wishes
from api.contacts.known import claim
from api.dependencies import Caller
from domain.application.requests import Outcome, Request


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
            known, tags = read_row(sent, self.caller.region)
        except ValidationError as wrong:
            self.fail(index, complaints(wrong))
            return
        address = claim(known)
        if address is not None:
            first = self.addresses.setdefault(address, index)
            if first != index:
                self.skip(index, f"row {first} has the same address")
                return
        self.requests[index] = wishes.create(
            self.caller, known, tags, update_existing=self.update_existing
        )

    def settle(self, outcomes: list[Outcome]) -> None:
        """Turn the outcomes of the requests into verdicts."""
        for index, outcome in zip(self.requests, outcomes, strict=True):
            status, contact_id, wrong = judged(outcome)
            found = [RowError(field=name, message=message) for name, message in wrong]
            self.verdicts[index] = RowVerdict(
                index=index, status=status, id=contact_id, errors=found
            )

    def skip(self, index: int, why: str) -> None:
        """Leave a row out, since its address is that of a row before."""
        error = RowError(field="email", message=why)
        self.verdicts[index] = RowVerdict(index=index, status="skipped", errors=[error])

    def fail(self, index: int, wrong: Complaints) -> None:
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
