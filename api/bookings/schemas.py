"""Bookings as a scheduler of one's own sends them."""

from typing import Annotated, Self

from pydantic import AwareDatetime, ConfigDict, Field, model_validator
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
)


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
    start: AwareDatetime
    end: AwareDatetime
    timezone: Text = None
    meeting_type: MeetingTypeFields | None = None
    hosts: Annotated[list[HostFields], Field(max_length=100)] = Field(default_factory=list)
    channel: Text = None
    meeting_link: Annotated[str, Field(max_length=2_000)] | None = None
    attendees: Annotated[list[AttendeeFields], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse a meeting that ends before it starts, or an attendee whom nobody could reach."""
        if self.end < self.start:
            msg = "end must not be before start"
            raise ValueError(msg)
        for index, attendee in enumerate(self.attendees):
            if attendee.email is None and attendee.phone_number is None:
                msg = f"attendees.{index} needs an email or a phoneNumber"
                raise ValueError(msg)
        return self


class BookedContacts(Read):
    """The contacts of the attendees, in their order."""

    result: list[ContactRowAnswer]
