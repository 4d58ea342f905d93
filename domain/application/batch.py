"""One batch of requests in one transaction: lock, resolve, load, decide, append, commit."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from domain import errors
from domain.application.company import Address, CompanyContacts, Entry
from domain.application.desk import Desk, PhoneMoved, concerned, keys_of, means, steps_of
from domain.application.receipts import Book
from domain.application.requests import (
    ById,
    Change,
    Deferred,
    Done,
    Holding,
    Outcome,
    Request,
    Step,
)
from domain.contact.contact import Contact
from domain.eventlog.batch import BatchLog, flush
from domain.eventlog.log import SELECT_STREAMS, LoggedEvent
from domain.kernel import Recorded
from domain.ports import Connection, Keys, ReadSide, Receipts

TAKE_HEADS = (
    "SELECT company_id, position, greatest(recorded_at, clock_timestamp()) "
    "FROM log.take_heads(%s, %s)"
)

PART = 125
"""Requests of a long list that are decided before they are sent."""

logger = logging.getLogger(__name__)

BeforeCommit = Callable[[Connection, Iterable[Address]], None]
"""Does more in the same transaction, for the contacts that changed, when all else is sent."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Where to look whether a batch whose COMMIT went unanswered was recorded."""

    company_id: UUID
    position: int
    request_id: str


class Batch:
    """Requests of any companies on their way through one transaction.

    The caller calls `open`, `decide` and `commit` in this order. Each of `open` and `commit` is one
    network trip; `open` takes a second one when it finds contacts whose streams it must load. In
    place of `decide` it may call `decide_and_send`, which is one more.
    """

    def __init__(
        self,
        connection: Connection,
        read_side: ReadSide,
        known: Callable[[Address], Entry | None],
        requests: list[Request],
        receipts: Receipts | None = None,
    ) -> None:
        """Take the requests in order of arrival; `known` is the cache of folded contacts."""
        self.connection = connection
        self.read_side = read_side
        self.known = known
        self.requests = requests
        self.desk = Desk()
        self.book = Book(receipts)

    def open(self, *, wait: bool) -> None:
        """Lock the heads, then, as separate statements, read what the requests speak of.

        With `wait` the head of the first request's company is waited for.
        """
        company_ids = list(dict.fromkeys(request.company_id for request in self.requests))
        with self.connection.pipeline():
            self.connection.execute("BEGIN")
            heads = self.connection.execute(TAKE_HEADS, (company_ids, wait))
            fingerprint = self.read_side.ask_fingerprint(self.connection)
            found = self.read_side.find(self.connection, keys_of(self.requests))
            load = self._ask_streams(self._named())
            look_up = self.book.ask(self.connection, self.requests)
        if fingerprint() != self.read_side.fingerprint:
            raise errors.ReadModelChanged
        self._take_heads(heads.fetchall())
        self.desk.found = found()
        load()
        look_up()
        self._open_further()

    def _open_further(self) -> None:
        """Load whom the look-ups found, and ask who has the address of a deleted contact by now."""
        read = self.desk.entries.keys() | self.desk.unreadable
        unread = [address for address in self._resolved() if address not in read]
        keys = Keys(emails=self._wanted_back())
        if not unread and not keys.emails:
            return
        with self.connection.pipeline():
            found = self.read_side.find(self.connection, keys)
            load = self._ask_streams(unread)
        self.desk.found.add(found())
        load()

    def _named(self) -> list[Address]:
        steps = steps_of(self.requests)
        return [
            (company_id, step.target.contact_id)
            for company_id, step in steps
            if isinstance(step.target, ById)
        ]

    def _resolved(self) -> list[Address]:
        return [
            (company_id, contact_id)
            for company_id, step in steps_of(self.requests)
            if company_id in self.desk.companies
            for contact_id in self.desk.whom(company_id, step)
        ]

    def _wanted_back(self) -> set[tuple[UUID, str]]:
        """Return the addresses of deleted contacts, which a restore would claim."""
        return {
            (company_id, key)
            for (company_id, _), entry in self.desk.entries.items()
            if entry.contact.deleted and (key := entry.contact.own_email_key) is not None
        }

    def _take_heads(self, heads: Iterable[tuple[Any, ...]]) -> None:
        for company_id, position, at in heads:
            log = BatchLog(company_id, self.connection, position, at)
            self.desk.companies[company_id] = CompanyContacts(log)

    def _ask_streams(self, addresses: list[Address]) -> Callable[[], None]:
        """Ask for the events that the cache does not hold; call the result to fold them."""
        bases = {address: self.known(address) or self._nobody(address) for address in addresses}
        if not bases:
            return lambda: None
        cursor = self.connection.execute(
            SELECT_STREAMS,
            {
                "company_ids": [company_id for company_id, _ in bases],
                "contact_ids": [contact_id for _, contact_id in bases],
                "after_versions": [base.contact.version for base in bases.values()],
            },
        )
        return lambda: self._load(bases, cursor.fetchall())

    def _nobody(self, address: Address) -> Entry:
        return Entry(Contact(address[1]), self.read_side.empty(*address))

    def _load(self, bases: dict[Address, Entry], logged: Iterable[tuple[Any, ...]]) -> None:
        companies = self.desk.companies
        for company_id, *columns in logged:
            if company_id in companies:
                event = LoggedEvent(*columns)
                streams = companies[company_id].locked_log.streams
                streams.setdefault(columns[0], []).append(event)
        for address, base in bases.items():
            if address[0] in companies:
                self._bring_up_to_date(address, base)

    def _bring_up_to_date(self, address: Address, base: Entry) -> None:
        """Fold what was loaded; a history that cannot be read stops its contact and no other."""
        try:
            entry = self.desk.companies[address[0]].bring_up_to_date(base)
        except Exception as poison:  # noqa: BLE001  # whatever it is, it concerns this contact alone
            logger.error("contact %s is unreadable: %s", address[1], errors.anonymous(poison))  # noqa: TRY400
            self.desk.unreadable.add(address)
        else:
            self.desk.entries[address] = entry

    def decide(self) -> list[Outcome]:
        """Decide in order of arrival; a refusal is that request's outcome and touches no other."""
        return [self._decide(request) for request in self.requests]

    def decide_and_send(self) -> list[Outcome]:
        """Decide the same; one part of a long list is stored while the next is decided."""
        if len(self.requests) <= PART:
            return self.decide()
        outcomes: list[Outcome] = []
        with self.connection.pipeline():
            for start in range(0, len(self.requests), PART):
                part = self.requests[start : start + PART]
                outcomes += [self._decide(request) for request in part]
                self._send()
        return outcomes

    def _decide(self, request: Request) -> Outcome:
        company = self.desk.companies.get(request.company_id)
        if company is None:
            return Deferred.DEFERRED
        if (before := self.book.known(request)) is not None:
            return before
        mark = company.locked_log.mark()
        try:
            return self._grant(company, request)
        except errors.DomainError as refusal:
            self.book.add(request, refusal)
            outcome: Outcome = refusal
        except PhoneMoved:
            outcome = Deferred.DEFERRED
        except Exception as mistake:  # noqa: BLE001  # whatever it is, it concerns this request alone
            request_id = request.meta.request_id
            logger.error("request %s failed: %s", request_id, errors.anonymous(mistake))  # noqa: TRY400
            outcome = errors.WriteFailed()
        company.locked_log.back_to(mark)
        return outcome

    def _grant(self, company: CompanyContacts, request: Request) -> Done:
        staged: dict[Address, Entry] = {}
        recorded: list[Recorded] = []
        done = Done()
        for step in request.steps:
            for contact_id in self._addressees(request.company_id, step, staged):
                address = (request.company_id, contact_id)
                entry = staged.get(address) or self._entry(address)
                staged[address] = entry
                before = entry.contact.version
                recorded += company.execute(entry, step.command, request.meta)
                after = entry.contact.version
                change = Change(contact_id, after, before == 0, after > before, entry.rows)
                done.changes.append(change)
        self.desk.check_claims(staged)
        answer = self.book.add(request, done)
        self.desk.keep(request.company_id, staged, recorded)
        return done if answer is None else replace(done, answer=answer)

    def _known_here(self, address: Address) -> Entry:
        """Return the contact as the requests before left it."""
        if address in self.desk.unreadable:
            raise errors.ProjectionFailed
        return self.desk.entries.get(address) or self._nobody(address)

    def _entry(self, address: Address) -> Entry:
        entry = self._known_here(address)
        return entry.copy() if entry.contact.version else entry

    def _addressees(self, company_id: UUID, step: Step, staged: dict[Address, Entry]) -> list[UUID]:
        """Find whom the step means, among those found and those this request has changed."""
        target = step.target
        if isinstance(target, ById):
            return [target.contact_id]
        candidates = dict.fromkeys(
            [*self.desk.whom(company_id, step), *(contact_id for _, contact_id in staged)]
        )
        contacts = [
            self._state((company_id, candidate), staged).contact for candidate in candidates
        ]
        meant = [contact for contact in contacts if means(target, contact)]
        if not isinstance(target, Holding):
            return [contact.id for contact in meant[:1]] or [uuid7()]
        return [contact.id for contact in concerned(target, meant)]

    def _state(self, address: Address, staged: dict[Address, Entry]) -> Entry:
        return staged.get(address) or self._known_here(address)

    def commit(self, before_commit: BeforeCommit | None = None) -> None:
        """Send what is left, and COMMIT, in one trip; after an error only `trace` can tell."""
        with self.connection.pipeline():
            self._send()
            self.book.send(self.connection)
            if before_commit is None:
                self.connection.execute("COMMIT")
                return
        before_commit(self.connection, self.desk.changed)
        self.connection.execute("COMMIT")

    def _send(self) -> None:
        """Send events and rows that are not sent yet; an error undoes the whole batch."""
        flush(self.connection, [c.locked_log for c in self.desk.companies.values()])
        rows = [self.desk.entries[address].rows for address in self.desk.unsent]
        if rows:
            self.read_side.write(self.connection, rows)
        self.desk.changed.update(self.desk.unsent)
        self.desk.unsent.clear()

    def trace(self) -> Trace | None:
        """Say where a company's last event of this batch must lie; None without events."""
        for company_id, company in self.desk.companies.items():
            if (request_id := company.locked_log.last_request_id()) is not None:
                return Trace(company_id, company.locked_log.position, request_id)
        return None
