"""Takes records through: understood, matched with whom there is, decided, and given a verdict."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from pydantic import ValidationError

from api.bulk.judging import complaints, judged, read_row
from api.contacts.known import claim
from api.imports.mapping import Columns, WrongCell
from api.imports.records import Record
from api.imports.seen import Seen
from api.imports.verdicts import Complaint, Verdict, failed, quoted
from domain import errors
from domain.application.requests import ById, Deferred, Matching, Outcome, Request, Step
from domain.contact.commands import CreateContact
from domain.contact.events import Details
from domain.eventlog.log import Meta
from domain.ports import Connection
from projections.contacts import queries
from projections.rebuild.streams import chunks

ROWS_A_TRIP = 1_000
BUSY_AFTER_SECONDS = 60.0
"""How long rows wait for a company whose head somebody else holds."""

SOURCE = "import"

Decide = Callable[[list[Request]], list[Outcome]]
Person = tuple[str | None, str | None, str | None]
"""Phone number, first and last name: who is meant where there is no address."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with the rows, in whose name."""

    company_id: UUID
    region: str
    actor: str
    import_id: UUID
    update_existing: bool = False
    tags: tuple[str, ...] = ()
    rehearsal: bool = False
    """Nothing is recorded, so that new contacts have no ids."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that is understood."""

    record: Record
    known: Details
    tags: tuple[str, ...]
    contact_id: UUID | None

    def keys(self) -> list[str]:
        """Return by what two rows of a file are about the same contact."""
        keys = [] if self.contact_id is None else [f"id {self.contact_id}"]
        if (address := claim(self.known)) is not None:
            keys.append(f"email {address}")
        elif not keys and (person := self.person()) is not None:
            keys.append(f"phone {person}")
        return keys

    def person(self) -> Person | None:
        """Return who is meant by number and name, where there is no address."""
        known = self.known
        if known.email is not None or known.phone_number is None:
            return None
        return known.phone_number, known.first_name, known.last_name


class Importer:
    """Gives each row a verdict, a thousand in one transaction."""

    def __init__(
        self, plan: Plan, columns: Columns, decide: Decide, connection: Connection
    ) -> None:
        """`decide` records or rehearses; whom there is already is looked up with `connection`."""
        self._plan = plan
        self._columns = columns
        self._decide = decide
        self._connection = connection
        self._seen = Seen()

    def run(
        self,
        records: Iterable[Record],
        done: int = 0,
        recorded: Mapping[int, Verdict] | None = None,
    ) -> Iterator[list[Verdict]]:
        """Yield the verdicts, in order, as soon as they are certain; raises Unavailable.

        The first `done` rows have one already; of what was done after them, `recorded` tells.
        """
        rest = iter(records)
        for record in islice(rest, done):
            self._understand(record)
        for chunk in chunks(rest, ROWS_A_TRIP):
            yield self._settled(chunk, recorded or {})

    def close(self) -> None:
        """Forget who occurred."""
        self._seen.close()

    def _settled(self, chunk: list[Record], recorded: Mapping[int, Verdict]) -> list[Verdict]:
        understood = [self._understand(record) for record in chunk]
        verdicts = {one.row: one for one in understood if isinstance(one, Verdict)}
        verdicts |= {r.number: recorded[r.number] for r in chunk if r.number in recorded}
        candidates = [
            one
            for one in understood
            if isinstance(one, Candidate) and one.record.number not in verdicts
        ]
        whom = self._whom(candidates)
        requests = [self._request(one, found) for one, found in zip(candidates, whom, strict=True)]
        outcomes = self._decided(requests) if requests else []
        for one, found, outcome in zip(candidates, whom, outcomes, strict=True):
            verdicts[one.record.number] = self._verdict(one, found, outcome)
        return [verdicts[record.number] for record in chunk]

    def _understand(self, record: Record) -> Candidate | Verdict:
        """Judge what can be judged from the file alone."""
        if record.wrong:
            return failed(record, Complaint("", "", record.wrong))
        try:
            row, contact_id = self._columns.row(record)
            known, tags = read_row(row, self._plan.region)
        except WrongCell as wrong:
            return failed(record, self._complaint(record, wrong.column, str(wrong)))
        except ValidationError as wrong:
            return failed(record, *self._complaints(record, complaints(wrong)))
        candidate = Candidate(record, known, tuple(tags or ()), contact_id)
        first = self._seen.first(candidate.keys(), record.number)
        if first == record.number:
            return candidate
        same = Complaint("", "", f"row {first} is about the same contact")
        return Verdict(record.number, "skipped", complaints=(same,))

    def _whom(self, candidates: list[Candidate]) -> list[UUID | None]:
        """Find the contacts that are meant otherwise than by their address."""
        company_id = self._plan.company_id
        ids = [one.contact_id for one in candidates if one.contact_id is not None]
        people = [person for one in candidates if (person := one.person()) is not None]
        live = queries.live(self._connection, company_id, ids) if ids else set()
        known = queries.with_numbers(self._connection, company_id, people) if people else {}
        return [
            one.contact_id if one.contact_id in live else known.get(one.person() or ("", "", ""))
            for one in candidates
        ]

    def _request(self, one: Candidate, found: UUID | None) -> Request:
        plan, address = self._plan, claim(one.known)
        command = CreateContact(
            one.known,
            one.tags,
            source=SOURCE,
            update_existing=plan.update_existing,
            more_tags=plan.tags,
        )
        target = Matching(email_key=address) if found is None else ById(found)
        meta = Meta(plan.actor, SOURCE, f"{plan.import_id}/{one.record.number}")
        return Request(plan.company_id, (Step(target, command, address),), meta)

    def _decided(self, requests: list[Request]) -> list[Outcome]:
        """Ask again for what was deferred; raises Unavailable, as nothing can be said of a row."""
        outcomes = self._decide(requests)
        deadline = time.monotonic() + BUSY_AFTER_SECONDS
        while again := [n for n, one in enumerate(outcomes) if isinstance(one, Deferred)]:
            if time.monotonic() > deadline:
                raise errors.Busy
            answers = self._decide([requests[n] for n in again])
            for n, outcome in zip(again, answers, strict=True):
                outcomes[n] = outcome
        for outcome in outcomes:
            if isinstance(outcome, errors.Unavailable):
                raise outcome
        return outcomes

    def _verdict(self, one: Candidate, found: UUID | None, outcome: Outcome) -> Verdict:
        status, contact_id, wrong = judged(outcome)
        if status == "skipped" and found in (None, contact_id):
            there = (Complaint("", "", "the contact exists already"),)
            return Verdict(one.record.number, status, contact_id, there)
        if status in ("skipped", "failed"):  # found by its id or number, with another's address
            return failed(one.record, *self._complaints(one.record, wrong))
        made_up = self._plan.rehearsal and status == "created"
        return Verdict(one.record.number, status, None if made_up else contact_id)

    def _complaints(self, record: Record, wrong: list[tuple[str, str]]) -> list[Complaint]:
        found = []
        for field, message in wrong:
            column = "" if field == "row" else self._columns.column_of(field, record.values)
            found.append(self._complaint(record, column, message))
        return found

    def _complaint(self, record: Record, column: str, message: str) -> Complaint:
        return Complaint(column, quoted(record.values.get(column)), message)
