"""Takes records through: understood, matched with whom there is, decided, and given a verdict."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from api.bulk.judging import judged
from api.imports.mapping import Columns
from api.imports.records import Record
from api.imports.seen import Seen
from api.imports.understanding import Candidate, refused, understood
from api.imports.verdicts import Complaint, Verdict, failed
from domain import errors
from domain.application.requests import ById, Deferred, Matching, Outcome, Request, Step
from domain.contact.commands import CreateContact
from domain.eventlog.log import Meta
from domain.ports import Connection
from projections.contacts import queries
from projections.rebuild.streams import chunks

ROWS_A_TRIP = 1_000
BUSY_AFTER_SECONDS = 60.0
"""How long rows wait for a company whose head somebody else holds."""

SOURCE = "import"

STORED = ("created", "updated", "unchanged")
"""Verdicts by which a row speaks for its contact: a later row of the same one is skipped.

Behind a row that failed, and behind one whose contact existed already, the next one is judged."""

Decide = Callable[[list[Request]], list[Outcome]]


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
        earlier: Iterable[Verdict] = (),
        recorded: Mapping[int, Verdict] | None = None,
    ) -> Iterator[list[Verdict]]:
        """Yield the verdicts, in order, as soon as they are certain; raises Unavailable.

        `earlier` are those of the first rows, which have one already; of what was done after them,
        `recorded` tells.
        """
        rest = iter(records)
        for verdict, record in zip(earlier, rest, strict=False):
            self._keep(record, verdict)
        for chunk in chunks(rest, ROWS_A_TRIP):
            yield self._settled(chunk, recorded or {})

    def close(self) -> None:
        """Forget who occurred."""
        self._seen.close()

    def _understood(self, record: Record) -> Candidate | Verdict:
        return understood(record, self._columns, self._plan.region)

    def _keep(self, record: Record, verdict: Verdict) -> None:
        """Take over a verdict that was given before the import was interrupted."""
        if isinstance(one := self._understood(record), Candidate):
            self._speak([one], {one.row: verdict})

    def _speak(self, candidates: list[Candidate], verdicts: Mapping[int, Verdict]) -> None:
        """Remember which rows speak for their contacts."""
        self._seen.add(
            (key, one.row)
            for one in candidates
            if verdicts[one.row].status in STORED
            for key in one.keys
        )

    def _settled(self, chunk: list[Record], recorded: Mapping[int, Verdict]) -> list[Verdict]:
        verdicts: dict[int, Verdict] = {}
        waiting: list[Candidate] = []
        for record in chunk:
            if record.number in recorded:
                verdicts[record.number] = recorded[record.number]
                self._keep(record, recorded[record.number])
            elif isinstance(one := self._understood(record), Verdict):
                verdicts[one.row] = one
            else:
                waiting.append(one)
        while waiting:
            waiting = self._round(waiting, verdicts)
        return [verdicts[record.number] for record in chunk]

    def _round(self, waiting: list[Candidate], verdicts: dict[int, Verdict]) -> list[Candidate]:
        """Decide the rows of which each is the first about its contact; return the others.

        Whether those are to be skipped is known when it is known what became of the first.
        """
        seen = self._seen.rows([key for one in waiting for key in one.keys])
        firsts: list[Candidate] = []
        others: list[Candidate] = []
        spoken_of: set[str] = set()
        for one in waiting:
            if rows := [seen[key] for key in one.keys if key in seen]:
                verdicts[one.row] = same_as(min(rows), one)
                continue
            (firsts if spoken_of.isdisjoint(one.keys) else others).append(one)
            spoken_of.update(one.keys)
        verdicts |= {verdict.row: verdict for verdict in self._judged(firsts)}
        self._speak(firsts, verdicts)
        return others

    def _judged(self, candidates: list[Candidate]) -> list[Verdict]:
        whom = self._whom(candidates)
        requests = [self._request(one, found) for one, found in zip(candidates, whom, strict=True)]
        outcomes = self._decided(requests) if requests else []
        return list(map(self._verdict, candidates, whom, outcomes))

    def _whom(self, candidates: list[Candidate]) -> list[UUID | None]:
        """Find the contacts that are meant otherwise than by their address."""
        company_id = self._plan.company_id
        ids = [one.contact_id for one in candidates if one.contact_id is not None]
        people = [one.person for one in candidates if one.person is not None]
        live = queries.live(self._connection, company_id, ids) if ids else set()
        known = queries.with_numbers(self._connection, company_id, people) if people else {}
        return [
            one.contact_id if one.contact_id in live else known.get(one.person or ("", "", ""))
            for one in candidates
        ]

    def _request(self, one: Candidate, found: UUID | None) -> Request:
        plan = self._plan
        command = CreateContact(
            one.known,
            one.tags,
            source=SOURCE,
            update_existing=plan.update_existing,
            more_tags=plan.tags,
        )
        target = Matching(email_key=one.address) if found is None else ById(found)
        meta = Meta(plan.actor, SOURCE, f"{plan.import_id}/{one.row}")
        return Request(plan.company_id, (Step(target, command, one.address),), meta)

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
            return Verdict(one.row, status, contact_id, there)
        if status in ("skipped", "failed"):  # found by its id or number, with another's address
            return refused(one.record, self._columns, wrong)
        made_up = self._plan.rehearsal and status == "created"
        return Verdict(one.row, status, None if made_up else contact_id)


def same_as(row: int, one: Candidate) -> Verdict:
    """Skip a row about the contact of another one.

    Before the other one only a row can stand that was refused, or the other one had been skipped:
    that is known when an interrupted import goes on, and the reason is not.
    """
    same = f"row {row} is about the same contact"
    if row < one.row:
        return Verdict(one.row, "skipped", complaints=(Complaint("", "", same),))
    return failed(one.record, Complaint("", "", f"refused before the interruption; {same}"))
