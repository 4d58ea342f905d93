"""Takes an import back by new events, as far as nobody has changed its contacts since."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from api.contacts.known import claim
from api.history import replay
from api.history.undo import former, row_of
from api.imports import register
from api.imports.importer import ROWS_A_TRIP, SOURCE
from api.imports.job import connection_to, write_side
from api.imports.register import Import, ImportNotPossible
from domain import errors
from domain.application.requests import ById, Deferred, Done, Outcome, Request, Step
from domain.contact import events as e
from domain.contact.commands import DeleteContact, Provided, UpdateContact
from domain.eventlog.log import Meta
from domain.ports import Connection
from projections.rebuild.streams import chunks

CHANGED = ("created", "updated")


class Kept(Exception):  # a turn of events, not an error
    """Somebody has changed the contact since."""


@dataclass(slots=True)
class Undone:
    """What became of the contacts of an import."""

    reversed: int = 0
    kept: list[UUID] = field(default_factory=list)
    """Contacts that somebody has changed since."""
    failed: dict[UUID, str] = field(default_factory=dict)
    """Contacts that could not be put back, each with the reason."""

    def add(self, contact_id: UUID, outcome: Outcome) -> None:
        """Note what became of one contact."""
        if isinstance(outcome, Done):
            self.reversed += 1
        elif isinstance(outcome, errors.ContactMovedOn | errors.NotFound | errors.Gone):
            self.kept.append(contact_id)
        else:
            refusal = errors.Busy() if isinstance(outcome, Deferred) else outcome
            self.failed[contact_id] = refusal.message


def undo(database_url: str, company_id: UUID, import_id: UUID, actor: str) -> Undone:
    """Take an import back; may be run again when it was interrupted. Raises ImportNotPossible."""
    undone = Undone()
    with connection_to(database_url) as connection, write_side(database_url) as contacts:
        if not register.claim(connection, import_id):
            raise ImportNotPossible("the import is still running")
        one = register.find(connection, company_id, import_id)
        if one.options["dry_run"]:
            raise ImportNotPossible("the import was a dry run; there is nothing to take back")
        if one.state == "undone":
            raise ImportNotPossible("the import was taken back already")
        for some in chunks(contacts_of(connection, one), ROWS_A_TRIP):
            wanted = list(wishes(connection, one, some, undone))
            requests = [request(one, contact_id, command, actor) for contact_id, command in wanted]
            outcomes = contacts.run(requests, wait=True) if requests else []
            for (contact_id, _), outcome in zip(wanted, outcomes, strict=True):
                undone.add(contact_id, outcome)
        if not undone.failed:
            register.end(connection, one, "undone")
    return undone


def contacts_of(connection: Connection, one: Import) -> Iterator[UUID]:
    """Yield the contacts that an import has made or changed, each once."""
    done = register.verdicts(connection, one, CHANGED)
    late = register.recorded(connection, one).values()
    ids = (verdict.contact_id for some in (done, late) for verdict in some)
    yield from dict.fromkeys(contact_id for contact_id in ids if contact_id is not None)


def wishes(
    connection: Connection, one: Import, contact_ids: list[UUID], undone: Undone
) -> Iterator[tuple[UUID, Provided]]:
    """Yield what puts each contact back; who needs nothing, or was changed since, is noted."""
    for contact_id in contact_ids:
        stream = replay.stream_of(connection, one.company_id, contact_id)
        try:
            command = reversal(one, stream)
        except Kept:
            undone.kept.append(contact_id)
            continue
        if command is None:
            undone.reversed += 1
        else:
            yield contact_id, command


def reversal(one: Import, stream: replay.Stream) -> Provided | None:
    """Return what makes the contact what it was before; None when that was done already."""
    own = [is_own(one, logged.request_id) for logged in stream]
    first = own.index(True)
    if not all(own[first:]):
        raise Kept
    if stream[-1].request_id == undo_id(one):
        return None
    seen = frozenset({len(stream)})
    if first == 0:
        return Provided(seen, DeleteContact())
    before = row_of(one.company_id, stream[:first])
    fields: dict[str, Any] = {}
    for logged in stream[first:]:
        event = replay.recorded_of(logged).event
        if isinstance(event, e.Updated):
            fields |= former(event, before)
    return Provided(seen, UpdateContact(e.Details(**fields), before.own_tags))


def is_own(one: Import, request_id: str) -> bool:
    """Tell whether an event comes from the import, or from taking it back."""
    return request_id.startswith(f"{one.import_id}/")


def undo_id(one: Import) -> str:
    """Name the request that takes an import back."""
    return f"{one.import_id}/undo"


def request(one: Import, contact_id: UUID, command: Provided, actor: str) -> Request:
    """Ask for one contact to be put back."""
    wish = command.command
    claims = claim(wish.details) if isinstance(wish, UpdateContact) else None
    step = Step(ById(contact_id), command, claims)
    return Request(one.company_id, (step,), Meta(actor, SOURCE, undo_id(one)))
