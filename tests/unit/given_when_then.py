"""Hides how a contact is brought into a state, so that a rule reads: given events, when, then."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from domain.contact.contact import Contact
from domain.errors import DomainError
from domain.kernel import Command, Event
from tests.unit.histories import recorded

ANNA = UUID("0190a5f0-1c2e-7000-9000-00000000000a")


def given(*events: Event) -> "Scene":
    """A contact to whom this happened; without events there is nobody yet."""
    return Scene(events)


@dataclass(frozen=True)
class Scene:
    """What happened before, and the wishes that follow."""

    history: tuple[Event, ...]
    commands: tuple[Command, ...] = ()

    def when(self, *commands: Command) -> "Scene":
        return Scene(self.history, commands)

    def contact(self) -> Contact:
        contact = Contact(ANNA)
        for version, event in enumerate(self.history, start=1):
            contact.replay(recorded(ANNA, version, event))
        return contact

    def then(self, *events: Event) -> None:
        """All wishes are granted and cause exactly these events, field for field as stored."""
        contact = self.contact()
        for command in self.commands:
            contact.execute(command)
        pending = contact.collect_events()
        assert [stored(one.event) for one in pending] == [stored(event) for event in events]
        first = len(self.history) + 1
        assert [one.originator_version for one in pending] == list(
            range(first, first + len(pending))
        )

    def refused(self, error: type[DomainError]) -> DomainError:
        """The last wish is refused with this error; return it."""
        contact = self.contact()
        for command in self.commands[:-1]:
            contact.execute(command)
        with pytest.raises(DomainError) as refusal:
            contact.execute(self.commands[-1])
        assert type(refusal.value) is error
        return refusal.value


def stored(event: Event) -> tuple[str, dict[str, object]]:
    """What of an event reaches the log: its topic and the fields that were set."""
    return event.TOPIC, event.model_dump(exclude_unset=True)
