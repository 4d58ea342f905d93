"""Bookings as a scheduler of one's own sends them."""

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from api.contacts.schemas import (
    ContactRowAnswer,
    Email,
    FreeData,
    Id,
    Language,
    Read,
    Sent,
    Text,
    blank_is_null,
    storable,
)

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(3000, 1, 1, tzinfo=UTC)


def in_our_time(moment: datetime) -> datetime:
    """Refuse what is no time of a meeting: the ends of the calendar do not exist in every zone."""
    if not EARLIEST <= moment < LATEST:
        msg = "must lie between the years 1900 and 2999"
        raise ValueError(msg)
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(in_our_time)]
Link = Annotated[
    Annotated[str, Field(max_length=2_000), AfterValidator(storable)] | None,
    BeforeValidator(blank_is_null),
]


class MeetingTypeFields(Sent):
    """What kind of meeting it is."""

    id: Id | None = None
    name: Text = None


class HostFields(Sent):
    """Who holds the meeting; the first becomes a new contact's owner, if its id is a UUID."""

    id: Id
    email: Text = None
    name: Text = None


class AttendeeFields(Sent):
    """Somebody who was booked in; either email or phoneNumber must be there."""

    id: Id | None = None
    first_name: Text = None
    last_name: Text = None
    email: Email = None
    phone_number: Text = None
    language: Language = None
    additional_data: FreeData = Field(default_factory=dict)

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse somebody whom nobody could reach."""
        if self.email is None and self.phone_number is None:
            msg = "needs an email or a phoneNumber"
            raise ValueError(msg)
        return self


class BookingFields(Sent):
    """A meeting that was booked."""

    model_config = ConfigDict(
        extra="forbid",
        alias_generator=to_camel,
        json_schema_extra={
            "example": {
                "id": "appt-4711",
                "start": "2026-12-01T09:00:00+01:00",
                "end": "2026-12-01T09:30:00+01:00",
                "timezone": "Europe/Berlin",
                "meetingType": {"id": "discovery", "name": "Discovery Call"},
                "hosts": [{"id": "host-1", "email": "john@example.com", "name": "John Smith"}],
                "channel": "zoom",
                "meetingLink": "https://zoom.example/j/123456789",
                "attendees": [
                    {"id": "att-1", "firstName": "Jane", "email": "jane.doe@example.com"}
                ],
            }
        },
    )

    id: Id
    start: Moment
    end: Moment
    timezone: Text = None
    meeting_type: MeetingTypeFields | None = None
    hosts: Annotated[list[HostFields], Field(max_length=100)] = Field(default_factory=list)
    channel: Text = None
    meeting_link: Link = None
    attendees: Annotated[list[AttendeeFields], Field(min_length=1, max_length=100)]

    @field_validator("end")
    @classmethod
    def not_before_start(cls, end: datetime, info: ValidationInfo) -> datetime:
        """Refuse a meeting that ends before it starts."""
        start = info.data.get("start")
        if start is not None and end < start:
            msg = "must not be before start"
            raise ValueError(msg)
        return end


class BookedContacts(Read):
    """The contacts of the attendees, in their order."""

    result: list[ContactRowAnswer]
