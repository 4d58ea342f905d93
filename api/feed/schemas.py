"""The change feed as programs read it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import ConfigDict, Field

from api.examples import OTHER_ID, SOME_ID
from api.fields import EventData, Read

CREATED: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": f"urn:uuid:{OTHER_ID}",
    "type": "contact.created",
    "subject": SOME_ID,
    "time": "2026-06-01T10:00:00.123456Z",
    "datacontenttype": "application/json",
    "contactversion": 1,
    "actor": OTHER_ID,
    "origin": "api",
    "requestid": SOME_ID,
    "data": {"email": "anna.mueller@example.com", "source": "api"},
}

After = Annotated[
    int,
    Query(ge=0, le=2**63 - 1, description="The last position that was read.", examples=[0]),
]
Limit = Annotated[int, Query(ge=1, le=1_000, description="Most events to return.", examples=[100])]
Types = Annotated[
    list[Annotated[str, Field(max_length=100)]] | None,
    Query(
        max_length=100,
        description="Types of events to return, `types=` for each; without any, all.",
        examples=[["contact.created"]],
    ),
]
Wait = Annotated[
    float,
    Query(
        ge=0,
        le=30,
        allow_inf_nan=False,
        description="Seconds to wait for the next event when there is none.",
        examples=[0],
    ),
]


class CloudEvent(Read):
    """An event in the JSON format of CloudEvents 1.0."""

    model_config = ConfigDict(alias_generator=None, json_schema_extra={"examples": [CREATED]})

    specversion: Literal["1.0"]
    """The version of CloudEvents."""
    id: str
    """The event's position in the company's log."""
    source: str
    """The company whose log it is, as a URN."""
    type: str
    """What kind of event it is, as `contact.created`."""
    subject: UUID
    """The contact to which it happened."""
    time: datetime
    """When it was recorded, to the microsecond, in UTC."""
    datacontenttype: Literal["application/json"]
    """What kind of data it has."""
    contactversion: int
    """Its place in the history of the contact."""
    actor: str
    """Who did it: the key's id and, behind a slash, the user for whom it claimed to act."""
    origin: str
    """Where it came in, as `api` or `booking`."""
    requestid: str
    """The request that it came with; empty when there was none."""
    data: EventData | None
    """What it says; null when the contact was erased."""


class EventPage(Read):
    """Events in order, and where to go on."""

    events: list[CloudEvent]
    """The events, by position."""
    next: int = Field(examples=[1])
    """How far the log was read: the next call's `after`. It may grow without an event of the types
    that were asked for."""
