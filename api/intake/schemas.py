"""What a scheduler is answered."""

from uuid import UUID

from pydantic import Field

from api.examples import SOME_ID
from api.fields import Read
from api.intake.inbox import State


class DeliveryAnswer(Read):
    """What became of a delivery."""

    delivery_id: UUID = Field(examples=[SOME_ID])
    """The delivery's id, as `contacts intake rejected` lists it."""
    state: State = Field(examples=[State.DONE])
    """`done`, `waiting` for the booking that it speaks of, or `rejected`."""
    reason: str | None = Field(examples=[None])
    """Why it waits or was rejected."""
