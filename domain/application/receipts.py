"""Knows again what was asked before: the receipts of one batch, those kept and those it adds."""

from collections.abc import Callable
from uuid import UUID

from domain import errors
from domain.application.requests import Done, Outcome, Request
from domain.ports import Connection, Kept, NewReceipt, Receipts


class Book:
    """Under the head lock, nobody else can add a receipt of the companies that the batch writes to.

    Requests without a receipt cost nothing here.
    """

    def __init__(self, receipts: Receipts | None) -> None:
        """`receipts` are those of all earlier batches, of all processes."""
        self._receipts = receipts
        self._kept: dict[tuple[UUID, bytes], Kept] = {}
        self._added: list[NewReceipt] = []

    @property
    def grew(self) -> bool:
        """Tell whether the batch adds receipts."""
        return bool(self._added)

    def ask(self, connection: Connection, requests: list[Request]) -> Callable[[], None]:
        """Send the look-up, if there is anything to look up; call the result to read the answer."""
        keys = {(r.company_id, r.receipt.key) for r in requests if r.receipt is not None}
        if not keys:
            return lambda: None
        if self._receipts is None:
            msg = "receipts are not kept here"
            raise LookupError(msg)
        found = self._receipts.find(connection, keys)
        return lambda: self._kept.update(found())

    def known(self, request: Request) -> Outcome | None:
        """Return what becomes of a request whose receipt is kept; None when it is a new one."""
        receipt = request.receipt
        kept = None if receipt is None else self._kept.get((request.company_id, receipt.key))
        if receipt is None or kept is None:
            return None
        if kept.digest not in (None, receipt.digest):
            return errors.IdempotencyKeyReused()
        if receipt.part not in kept.answers:
            return None
        answer = kept.answers[receipt.part]
        return errors.ContactErased() if answer is None else Done(answer=answer, replayed=True)

    def add(self, request: Request, outcome: Done | errors.DomainError) -> str | None:
        """Write the receipt of what was just decided, if it gets one; return the answer in it."""
        receipt = request.receipt
        answer = None if receipt is None else receipt.answer(outcome)
        if receipt is None or answer is None:
            return None
        company_id = request.company_id
        kept = self._kept.setdefault((company_id, receipt.key), Kept(receipt.digest))
        kept.answers[receipt.part] = answer
        changes = outcome.changes if isinstance(outcome, Done) else []
        contact_ids = tuple(change.contact_id for change in changes)
        self._added.append(
            NewReceipt(company_id, receipt.key, receipt.part, receipt.digest, answer, contact_ids)
        )
        return answer

    def send(self, connection: Connection) -> None:
        """Send what was added, to be committed with the events."""
        if self._added and self._receipts is not None:
            self._receipts.keep(connection, self._added)
