"""Bookings as a scheduler of one's own sends them."""

import re
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

from api.contacts.items import ContactRowAnswer
from api.fields import REACHABLE, Email, FreeData, Id, Language, Link, Read, Sent, Text

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(3000, 1, 1, tzinfo=UTC)
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def written_out(value: object) -> object:
    """Refuse seconds since 1970: a number does not say in which unit it counts."""
    if isinstance(value, str) and DATE.match(value):
        return value
    msg = "must be a time with an offset, as 2026-12-01T09:00:00+01:00"
    raise ValueError(msg)


def in_our_time(moment: datetime) -> datetime:
    """Refuse what is no time of a meeting: the ends of the calendar do not exist in every zone.

    In UTC, since the database knows no offset above 16 hours, which RFC 3339 allows.
    """
    if not EARLIEST <= moment < LATEST:
        msg = "must lie between the years 1900 and 2999"
        raise ValueError(msg)
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, BeforeValidator(written_out), AfterValidator(in_our_time)]


class MeetingTypeFields(Sent):
    """What kind of meeting it is."""

    id: Id | None = None
    """The scheduler's id of the kind."""
    name: Text = None
    """Its name."""


class HostFields(Sent):
    """Who holds the meeting; the first becomes a new contact's owner, if its id is a UUID."""

    id: Id
    """The scheduler's id of the host."""
    email: Text = None
    """E-mail address."""
    name: Text = None
    """Full name."""


class AttendeeFields(Sent):
    """Somebody who was booked in; either `email` or `phoneNumber` must be there.

    What is given fills the fields that the contact does not have yet; what somebody saved is
    never overwritten by a booking.
    """

    model_config = ConfigDict(json_schema_extra=REACHABLE)

    id: Id | None = None
    """The scheduler's id of this place; the contact is found by it. Made up if it is missing."""
    first_name: Text = None
    """Given name."""
    last_name: Text = None
    """Family name."""
    email: Email = None
    """E-mail address; the contact that has it is the one that was booked in."""
    phone_number: Text = None
    """Phone number; without an address, the oldest contact that has it is the one."""
    language: Language = None
    """Language, as an ISO 639 code."""
    additional_data: FreeData = Field(default_factory=dict)
    """Any JSON, as the answers to a booking's questions."""

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
        json_schema_extra={
            "examples": [
                {
                    "id": "appt-4711",
                    "start": "2026-12-01T09:00:00+01:00",
                    "end": "2026-12-01T09:30:00+01:00",
                    "timezone": "Europe/Berlin",
                    "meetingType": {"id": "discovery", "name": "Discovery Call"},
                    "hosts": [{"id": "host-1", "email": "john@example.com", "name": "John Smith"}],
                    "channel": "zoom",
                    "meetingLink": "https://zoom.example/j/123456789",
                    "attendees": [
                        {"id": "att-1", "firstName": "Anna", "email": "anna.mueller@example.com"}
                    ],
                }
            ]
        }
    )

    id: Id
    """The scheduler's id of the booking. The same booking and attendee again changes nothing."""
    start: Moment
    """When the meeting starts, with an offset from UTC; between the years 1900 and 2999."""
    end: Moment
    """When it ends; not before the start."""
    timezone: Text = None
    """The attendees' time zone."""
    meeting_type: MeetingTypeFields | None = None
    """What kind of meeting it is."""
    hosts: Annotated[list[HostFields], Field(max_length=100)] = Field(default_factory=list)
    """Who holds it."""
    channel: Text = None
    """Where it takes place, as `zoom` or `phone`."""
    meeting_link: Link = None
    """How to join it."""
    attendees: Annotated[list[AttendeeFields], Field(min_length=1, max_length=100)]
    """Who was booked in."""

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
    """A contact for each attendee."""
