"""What happened to a contact, as auditors read it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path, Query
from pydantic import ConfigDict, Field

from api.examples import SOME_ID
from api.fields import EventData, Read, Sent
from api.history.examples import ACTOR, CHANGE, EVENT
from api.history.points import PointItem
from api.history.telling import Explained

ExplainedName = Annotated[
    Explained, Path(alias="name", description="What to explain.", examples=["noShowCount"])
]
AfterVersion = Annotated[
    int,
    Query(alias="after", ge=0, le=2**31 - 1, description="The last version known.", examples=[0]),
]
HistoryLimit = Annotated[
    int, Query(alias="limit", ge=1, le=500, description="Events a page.", examples=[100])
]


class UndoFields(Sent):
    """Which change to undo."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 2}]})

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    """The event, by its place in the history of the contact."""


class ActorItem(Read):
    """Who did something."""

    model_config = ConfigDict(json_schema_extra={"examples": [ACTOR]})

    key_id: str | None
    """The API key's id, or the word for what else acted."""
    key_name: str | None
    """The key's name, if it was given one."""
    user_id: str | None
    """The user for whom the key claimed to act."""


class ChangeItem(Read):
    """One field that is not what it was."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHANGE]})

    field: str
    """The field: `email`, `address.city`, `additionalData.Role`, `appointments.appt-1/att-1`."""
    old: Any
    """Its value before; null when there was none."""
    new: Any
    """Its value after; null when there is none."""


class EventItem(Read):
    """Something that happened to a contact."""

    model_config = ConfigDict(json_schema_extra={"examples": [EVENT]})

    position: int
    """The event's place in the company's log."""
    version: int
    """Its place in the history of this contact."""
    recorded_at: datetime
    """When it was recorded, to the microsecond, in UTC."""
    kind: str
    """What kind of event it is, as `contact.updated`."""
    words: str
    """What happened, in English."""
    actor: ActorItem
    """Who did it."""
    source: str
    """Where it came in, as `api` or `booking`."""
    request_id: str
    """The request that it came with; empty when there was none."""
    data: EventData | None
    """What the event says; null when the contact was erased."""
    changes: list[ChangeItem]
    """The fields that it changed; none when the contact was erased."""


class History(Read):
    """A page of what happened to a contact."""

    contact_id: UUID = Field(examples=[SOME_ID])
    """The contact's id."""
    events: list[EventItem]
    """The events, the oldest first."""
    next_after: int | None = Field(examples=[None])
    """Brings the next page as `after`; null on the last one."""


class Difference(Read):
    """What differs between two times."""

    contact_id: UUID = Field(examples=[SOME_ID])
    """The contact's id."""
    from_: PointItem = Field(alias="from")
    """The earlier time."""
    to: PointItem
    """The later time."""
    changes: list[ChangeItem]
    """The fields that differ."""


class Explanation(Read):
    """A value that follows from the history, and the events from which it follows."""

    contact_id: UUID = Field(examples=[SOME_ID])
    """The contact's id."""
    name: Literal["noShowCount", "Recurring", "Optin"] = Field(examples=["noShowCount"])
    """What is explained."""
    value: bool | int = Field(examples=[1])
    """The count, or whether the contact has the tag."""
    events: list[EventItem]
    """The events that make it so, the oldest first."""
