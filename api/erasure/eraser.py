"""Erases contacts, each in one transaction under its company's head lock."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import UUID

from api.database import writing
from api.erasure.forgetting import Erasure, forget
from api.erasure.notes import note
from api.retries.receipts import ReceiptTable
from domain import errors
from domain.application.company import Address
from domain.application.contacts import Contacts
from domain.application.requests import Deferred, Done, Receipt, Request
from domain.ports import Connection, NewReceipt
from projections.inline import Inline

LOCK_TIMEOUT = "5s"
"""How long an erasure waits for its company's head, or for a rebuild to finish a step."""

Keep = Callable[[Connection, Erasure], None]
"""Keeps more of an erasure, in its transaction, when all else is done."""


class Eraser:
    """Works on a connection of its own, one contact at a time."""

    def __init__(self, database_url: str, notes: Path) -> None:
        """Note every erasure in the file `notes`."""
        connect, self._receipts = writing(database_url, LOCK_TIMEOUT), ReceiptTable()
        self._contacts = Contacts(connect, Inline(), self._forget, receipts=self._receipts)
        self._notes = notes
        self._done: list[Erasure] = []
        self._keep: Keep = keep_nothing

    def erase(self, request: Request) -> Erasure:
        """Do what a request with one EraseContact asks for.

        Raises a DomainError, or ErasureNotNoted.
        """
        self._run(request, keep_nothing)
        return self._done[-1]

    def answer(self, request: Request, certify: Callable[[Erasure], str]) -> Done:
        """Do the same, and answer with what certifies it; so does the receipt of the request."""
        answers: list[str] = []

        def keep(connection: Connection, erasure: Erasure) -> None:
            answers.append(certify(erasure))
            if request.receipt is not None:
                receipt = kept(request.company_id, request.receipt, answers[-1])
                self._receipts.keep(connection, [receipt])

        done = self._run(request, keep)
        return done if done.replayed else Done(answer=answers[-1])

    def _run(self, request: Request, keep: Keep) -> Done:
        self._keep = keep
        (outcome,) = self._contacts.run([request], wait=True)
        if isinstance(outcome, Deferred):
            raise errors.Busy
        if isinstance(outcome, errors.DomainError):
            raise outcome
        return outcome

    def close(self) -> None:
        """Give the connection back."""
        self._contacts.close()

    def _forget(self, connection: Connection, changed: Iterable[Address]) -> None:
        """Forget, then note: noted before it is committed, for a crash must not lose the note."""
        self._done = [forget(connection, *address) for address in changed]
        for erasure in self._done:
            note(self._notes, erasure)
            self._keep(connection, erasure)


def keep_nothing(_: Connection, erasure: Erasure) -> None:
    """Leave it at what is stored anyway."""


def kept(company_id: UUID, receipt: Receipt, answer: str) -> NewReceipt:
    """Return what is kept of the answer; as it names nobody, no erasure blanks it."""
    return NewReceipt(company_id, receipt.key, receipt.part, receipt.digest, answer, ())


class ErasureDesk:
    """Where the asynchronous edge asks for erasures; one at a time in a process."""

    def __init__(self, eraser: Eraser) -> None:
        """Nobody else must use this eraser."""
        self._eraser = eraser
        self._free = asyncio.Lock()

    async def answer(self, request: Request, certify: Callable[[Erasure], str]) -> Done:
        """Erase a contact; raises a DomainError, or ErasureNotNoted."""
        async with self._free:
            return await asyncio.to_thread(self._eraser.answer, request, certify)

    def close(self) -> None:
        """Give the connection back."""
        self._eraser.close()
