"""Bookings, and what becomes of them, as a scheduler of one's own sends them."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from api.contacts.items import ContactRowAnswer
from api.fields import REACHABLE, Email, FreeData, Id, Language, Link, Notes, Read, Sent, Text
from api.moments import Moment


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
    """Phone number; without an address, the oldest contact that has it is the one. By a number that
    is not valid nobody is found, but the same booking again is recognised."""
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


class Times(Sent):
    """When a meeting takes place."""

    start: Moment
    """When the meeting starts, with an offset from UTC; between the years 1900 and 2999."""
    end: Moment
    """When it ends; not before the start."""

    @field_validator("end")
    @classmethod
    def not_before_start(cls, end: datetime, info: ValidationInfo) -> datetime:
        """Refuse a meeting that ends before it starts."""
        start = info.data.get("start")
        if start is not None and end < start:
            msg = "must not be before start"
            raise ValueError(msg)
        return end


class BookingFields(Times):
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


class RescheduleFields(Times):
    """When a meeting takes place instead."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "start": "2026-12-02T14:00:00+01:00",
                    "end": "2026-12-02T14:30:00+01:00",
                    "newAppointmentId": "appt-4712",
                }
            ]
        }
    )

    new_appointment_id: Id | None = None
    """The booking's id from now on, if the scheduler gave it another one."""
    attendee_id: Id | None = None
    """Whose place is moved; without it, everybody's."""


class CancelFields(Sent):
    """What is called off, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"attendeeId": "att-1", "reason": "Fell ill"}]}
    )

    attendee_id: Id | None = None
    """Whose place is called off; without it, the whole meeting."""
    reason: Notes = None
    """Why, as free text of at most 65,536 bytes in UTF-8."""


class NoShowFields(Sent):
    """Who did not come."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"attendeeId": "att-1"}]})

    attendee_id: Id | None = None
    """Who did not come; needed when the meeting has several attendees."""


class BookedContacts(Read):
    """The contacts whom a booking concerns."""

    result: list[ContactRowAnswer]
    """In the order of the booking's attendees; in other answers the oldest contact first."""
