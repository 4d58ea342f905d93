"""The eventsourcing library's application, on one company's log inside an open transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from eventsourcing.application import Application, Repository
from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.utils import Environment, EnvType

from domain.contact.contact import Contact
from domain.errors import DomainError, ProjectionFailed
from domain.eventlog.batch import BatchLog
from domain.eventlog.log import Meta
from domain.eventlog.mapper import ContactMapper
from domain.kernel import Command, Pending, Recorded
from domain.ports import Rows

Address = tuple[UUID, UUID]
"""Company id and contact id."""


@dataclass(slots=True)
class Entry:
    """A contact in memory: what the rules know of it, and its rows."""

    contact: Contact
    rows: Rows

    def copy(self) -> Self:
        """Return an entry that may be changed without changing this one."""
        return type(self)(self.contact.copy(), self.rows.copy())


class CompanyContacts(Application[UUID]):
    """Loads contacts from, and saves them to, a log whose head this transaction has locked."""

    _ENV = Environment("CompanyContacts", {})
    _FACTORY: InfrastructureFactory[Any] = InfrastructureFactory.construct(_ENV)
    _MAPPER = ContactMapper()

    def __init__(self, log: BatchLog) -> None:
        """Work on `log` alone."""
        self.locked_log = log
        super().__init__()

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:  # noqa: ARG002  # the library's
        """Nothing is configured through the environment."""
        return self._ENV

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:  # noqa: ARG002  # the library's
        """No infrastructure is made: the log is at hand."""
        return self._FACTORY

    def construct_mapper(self) -> ContactMapper:
        """Events are pydantic models; one mapper serves all companies."""
        return self._MAPPER

    def construct_repository(self) -> Repository[UUID]:
        """The contacts kept in memory are kept elsewhere, across batches."""
        return Repository(self.events)

    def construct_recorder(self) -> BatchLog:
        """Record into the open transaction."""
        return self.locked_log

    def bring_up_to_date(self, entry: Entry) -> Entry:
        """Fold the events that were loaded for a contact into what is known of it."""
        contact_id = entry.contact.id
        if contact_id not in self.locked_log.streams:
            return entry
        fresh = entry.copy()

        def fold(_: Contact | None, events: Iterable[Recorded]) -> Contact:
            for recorded in events:
                fresh.contact.replay(recorded)
                fresh.rows.fold(recorded)
            return fresh.contact

        self.repository.get(contact_id, projector_func=fold)
        fresh.rows.settle()
        return fresh

    def execute(self, entry: Entry, command: Command, meta: Meta) -> list[Recorded]:
        """Let the contact decide; collect its events for the append and fold them into rows."""
        entry.contact.execute(command)
        # what `save` does, less its checks and its notes for subscribers, which cost as much again
        pending = entry.contact.collect_events()
        stored = [self._MAPPER.to_stored_event(event) for event in pending]
        positions = self.locked_log.insert_events(stored, meta=meta)
        recorded = list(map(self._recorded, pending, positions))
        try:
            for event in recorded:
                entry.rows.fold(event)
        except DomainError:
            raise
        except Exception as poison:
            raise ProjectionFailed from poison
        return recorded

    def _recorded(self, pending: Pending, position: int) -> Recorded:
        return Recorded(
            pending.originator_id,
            pending.originator_version,
            pending.event,
            position,
            self.locked_log.at,
        )
