"""What sources have in common whose deliveries are envelopes: a kind, a time, and a payload."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from pydantic import JsonValue

from api.intake.source import NotUnderstood, Understood

Take = Callable[[JsonValue, datetime | None, str], Understood]
"""Says what a payload asks for; given when it was said, and the region of the company."""


class Kinds(NamedTuple):
    """The kinds of deliveries that a source sends."""

    field: str
    """Where the envelope names the kind."""
    takes: Mapping[str, Take]
    ignored: Collection[str]
    """Kinds that say nothing of a contact's bookings."""

    def understand(
        self, kind: str, said_at: datetime | None, envelope: JsonValue, region: str
    ) -> Understood:
        """Say what a delivery asks for; raises NotUnderstood."""
        if kind in self.ignored:
            return Understood(said_at=said_at)
        take = self.takes.get(kind)
        if take is None:
            raise NotUnderstood(f"{self.field} is none that is known")
        body = envelope.get("payload") if isinstance(envelope, dict) else None
        return take(body, said_at, region)
