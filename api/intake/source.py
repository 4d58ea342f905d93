"""What the intake asks of a source; hides which scheduler a delivery came from.

A source is a module of this package: `meetergo`, `calcom`, `calendly`. The module itself is the
`Source`; `docs/adding-a-source.md` says how a further one is written.

What the steps of an `Understood` ask for:

- A delivery that describes a whole meeting (booked, or moved) is a `LinkBooking` for each person,
  sent to `Matching`. It finds or makes the contact and waits for nothing. If the meeting was moved,
  `LinkBooking.moved_from` says what the place was called before; the contact then moves the place
  that it knows under that name, or takes the new one and remembers that the old one is gone.
- A delivery that only speaks of a meeting (cancelled, no-show) is sent to `Holding`, also under a
  former name. Nobody holds it: AppointmentNotFound, and the delivery waits for `appointment_ids`.
- A form is an `EnrichContact`, which finds or makes its sender, followed by a `SubmitForm`.
- Every booking command carries `said_at`, the source's own time of the statement.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from pydantic import JsonValue

from domain.application.requests import Step


class NotUnderstood(Exception):
    """The delivery cannot be read; the text names the field and holds no value of it."""


class BadSignature(Exception):
    """The delivery was not signed by the source, or too long ago."""


class Understood(NamedTuple):
    """What a delivery asks for."""

    steps: tuple[Step, ...] = ()
    """Wishes that are granted together; none when there is nothing to do."""
    appointment_ids: tuple[str, ...] = ()
    """The meetings that the delivery speaks of, under their names before and after a move."""
    addresses: tuple[str, ...] = ()
    """E-mail keys and E.164 numbers of the persons in it, so that an erasure finds the body."""
    said_at: datetime | None = None
    """When the source says that it happened; UTC."""


class Source(Protocol):
    """A scheduler that sends webhooks."""

    name: str
    """How it is called in URLs and commands."""
    signed: bool
    """Whether it signs its deliveries."""

    def verify(
        self, secret: str | None, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> None:
        """Raise BadSignature unless the source signed the body; the headers' names are lower-case.

        `secret` is None for a source that was added without one.
        """

    def scrubbed(self, body: bytes) -> bytes:
        """Return what may be stored of the body; unchanged when it is not JSON."""

    def understand(self, payload: JsonValue, region: str) -> Understood:
        """Say what the payload asks for; numbers without a country code are read in `region`.

        Raises NotUnderstood.
        """
