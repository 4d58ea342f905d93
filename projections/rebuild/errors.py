"""Why a rebuild does not go on, in words for the operator; nothing personal is in them."""

from typing import NamedTuple
from uuid import UUID

from domain.errors import anonymous


class RebuildError(Exception):
    """The live read model stays as it is; the message says why and what helps."""


class Poisoned(RebuildError):
    """The message names the event that cannot be digested; what helps depends on who builds."""


class Broken(NamedTuple):
    """A poison event: a projection cannot digest it, or this code cannot read it.

    `error` names the kind of the mistake and where in the code it happened, without any data.
    """

    company_id: UUID
    contact_id: UUID
    position: int
    error: str

    def __str__(self) -> str:
        """Return one line for people."""
        return (
            f"contact {self.contact_id} is broken at position {self.position} "
            f"of company {self.company_id}: {self.error}"
        )


class Poison:
    """Collects poison events, each once however often it was met."""

    def __init__(self, *, skip: bool) -> None:
        """Stop at the first unless they are to be skipped."""
        self.skip = skip
        self.events: dict[tuple[UUID, int], Broken] = {}

    def note(self, company_id: UUID, contact_id: UUID, position: int, error: Exception) -> None:
        """Remember an event that made the fold fail, or raise Poisoned."""
        broken = Broken(company_id, contact_id, position, anonymous(error))
        if not self.skip:
            raise Poisoned(str(broken)) from error
        self.events[company_id, position] = broken
