"""Contacts and what belongs to them, as callers read them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.contacts.examples import ANNA, DISCOVERY_CALL, FEEDBACK
from api.fields import FreeData, Read
from api.history.points import POINT, PointItem

NextAppointment = Annotated[datetime | None, Field(examples=[DISCOVERY_CALL["start"]])]


class AddressItem(Read):
    """A postal address; parts that nobody gave are missing or null."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    line1: str | None = None
    """Street and house number."""
    line2: str | None = None
    """Anything further."""
    line3: str | None = None
    """Anything further."""
    city: str | None = None
    """City."""
    zip: str | None = None
    """Postal code."""
    country: str | None = None
    """Country, as typed."""


class ContactItem(Read):
    """A contact. Every field is there; what nobody gave is null."""

    model_config = ConfigDict(json_schema_extra={"examples": [ANNA]})

    id: UUID
    """The contact's id; it never changes."""
    first_name: str | None
    """Given name."""
    last_name: str | None
    """Family name."""
    email: str | None
    """E-mail address, as typed."""
    phone_number: str | None
    """Phone number: in E.164, or as typed where it is not valid."""
    tags: list[str]
    """Labels."""
    notes: str | None
    """Free text."""
    no_show_count: int
    """How many appointments the contact missed."""
    crm_company_id: UUID | None
    """The company that the contact works for."""
    account_owner_id: UUID | None
    """The user who looks after the contact."""
    additional_data: FreeData
    """Whatever else is known, as answers to the questions of a booking."""
    address: AddressItem | None
    """Postal address."""
    language: str | None
    """Language, as an ISO 639 code."""
    title: str | None
    """Form of address or academic title."""
    employer: str | None
    """Name of the employer."""
    seniority: str | None
    """Rank at the employer."""
    function: str | None
    """Task at the employer."""
    location: str | None
    """Where the contact is."""
    created_at: datetime
    """When the contact was made, in UTC."""
    updated_at: datetime
    """When the contact changed last, in UTC."""


class MeetingTypeItem(Read):
    """What kind of meeting it is."""

    id: str | None
    """The scheduler's id of the kind."""
    name: str | None
    """Its name."""


class HostItem(Read):
    """Who holds a meeting."""

    id: str
    """The scheduler's id of the host."""
    email: str | None
    """E-mail address."""
    name: str | None
    """Full name."""


class AppointmentItem(Read):
    """A place that a contact has in a meeting."""

    model_config = ConfigDict(json_schema_extra={"examples": [DISCOVERY_CALL]})

    id: str
    """The scheduler's id of the booking."""
    attendee_id: str
    """The id of this place in it; the contact is found by it."""
    start: datetime
    """When the meeting starts, in UTC."""
    end: datetime
    """When it ends, in UTC."""
    timezone: str | None
    """The attendee's time zone."""
    meeting_type: MeetingTypeItem | None
    """What kind of meeting it is."""
    hosts: list[HostItem]
    """Who holds it."""
    channel: str | None
    """Where it takes place, as `zoom` or `phone`."""
    meeting_link: str | None
    """How to join it."""
    is_cancelled: bool
    """Whether it was called off."""
    cancel_reason: str | None
    """Why."""
    rescheduled_from: str | None
    """The id of the booking that it replaces."""
    is_no_show: bool
    """Whether the contact missed it."""
    source: str
    """Which scheduler it came from."""


class SubmissionItem(Read):
    """A form that a contact filled in."""

    model_config = ConfigDict(json_schema_extra={"examples": [FEEDBACK]})

    id: str
    """The id of the submission."""
    form_id: str | None
    """The id of the form."""
    form_name: str | None
    """Its name."""
    answers: FreeData
    """The answers by question."""
    submitted_at: datetime
    """When it was sent, in UTC."""


class CreatedContact(Read):
    """A contact with its appointments."""

    item: ContactItem
    """The contact."""
    appointments: list[AppointmentItem]
    """Its appointments, by start."""
    next_appointment_iso: NextAppointment
    """The start of the next appointment that is not cancelled, in UTC."""


class ContactDetails(CreatedContact):
    """A contact with everything that belongs to it."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    form_submissions: list[SubmissionItem]
    """The forms that it filled in."""
    as_of: PointItem | None = Field(default=None, examples=[POINT])
    """The time for which all this holds, when the past was asked for."""


class ContactRowAnswer(ContactItem):
    """The contact's fields, and the same again as `item`: some clients read one, some the other."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **ANNA,
                    "item": ANNA,
                    "appointments": [DISCOVERY_CALL],
                    "nextAppointmentIso": DISCOVERY_CALL["start"],
                }
            ]
        }
    )

    item: ContactItem
    """The contact once more."""
    appointments: list[AppointmentItem]
    """Its appointments, by start."""
    next_appointment_iso: NextAppointment
    """The start of the next appointment that is not cancelled, in UTC."""


class ContactList(Read):
    """One page of contacts."""

    result: list[ContactRowAnswer]
    """The contacts of the page."""
    page: int = Field(examples=[1])
    """The page's number, from 1."""
    limit: int = Field(examples=[20])
    """Contacts a page, as it was applied."""
    total: int = Field(examples=[42])
    """How many contacts there are on all pages."""
    total_pages: int = Field(examples=[3])
    """How many pages there are; 0 when there is no contact."""
    next_cursor: str | None = Field(examples=["J7rWc2VhbGVk"])
    """Brings the next page as `cursor`; null on the last one."""
