"""Contacts as callers send and read them: field names, limits, examples."""

import math
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import to_json

from domain.identity import email_address

MAX_BYTES = 65_536
MAX_LEVELS = 20

IGNORED = frozenset(
    {
        "id",
        "noShowCount",
        "createdAt",
        "updatedAt",
        "item",
        "appointments",
        "nextAppointmentIso",
        "formSubmissions",
    }
)
"""What only the service sets: accepted and ignored, so that what was read can be sent back."""


def storable(text: str) -> str:
    """Refuse what PostgreSQL cannot keep."""
    if "\0" in text:
        msg = "must not contain the character U+0000"
        raise ValueError(msg)
    return text


def blank_is_null(value: object) -> object:
    """Take an empty text field for an absent one, as forms send it."""
    return None if isinstance(value, str) and not value.strip() else value


def not_blank(text: str) -> str:
    """Refuse a text that nobody could see."""
    if not text.strip():
        msg = "must not be blank"
        raise ValueError(msg)
    return text


def at_most_64_kb(text: str) -> str:
    """Refuse longer texts than the contract allows, by their size in UTF-8."""
    if len(text.encode()) > MAX_BYTES:
        msg = f"must have at most {MAX_BYTES} bytes"
        raise ValueError(msg)
    return text


def checked_data(data: dict[str, Any]) -> dict[str, Any]:
    """Refuse free data that is too deep, too large, or not JSON."""
    check_json(data, 1)
    if len(to_json(data)) > MAX_BYTES:
        msg = f"must have at most {MAX_BYTES} bytes as JSON"
        raise ValueError(msg)
    return data


def check_json(value: object, level: int) -> None:
    """Walk through free data."""
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, float) and not math.isfinite(value):
        msg = "must not contain NaN or Infinity"
        raise ValueError(msg)
    elif isinstance(value, dict | list) and level > MAX_LEVELS:
        msg = f"must have at most {MAX_LEVELS} levels"
        raise ValueError(msg)
    elif isinstance(value, dict):
        for key, inner in value.items():
            check_text(key)
            check_json(inner, level + 1)
    elif isinstance(value, list):
        for inner in value:
            check_json(inner, level + 1)


def check_text(text: str) -> None:
    """Refuse U+0000 and lone surrogates."""
    storable(text)
    if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        msg = "must not contain lone surrogates"
        raise ValueError(msg)


Line = Annotated[str, Field(max_length=320), AfterValidator(storable)]
Optional = BeforeValidator(blank_is_null)
Text = Annotated[Line | None, Optional]
Email = Annotated[
    Annotated[Line, AfterValidator(email_address), Field(json_schema_extra={"format": "email"})]
    | None,
    Optional,
]
Notes = Annotated[
    Annotated[str, AfterValidator(storable), AfterValidator(at_most_64_kb)] | None, Optional
]
Tag = Annotated[
    str, Field(min_length=1, max_length=100), AfterValidator(storable), AfterValidator(not_blank)
]
Language = Annotated[Annotated[str, Field(max_length=8), AfterValidator(storable)] | None, Optional]
# not JsonValue: it would name the field of a mistake by the whole way down to it
FreeData = Annotated[dict[str, Any], AfterValidator(checked_data)]
Id = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(storable)]


class Sent(BaseModel):
    """What callers send: camelCase, and nothing that nobody knows."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)


class Read(BaseModel):
    """What callers read: camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class AddressFields(Sent):
    """A postal address."""

    line1: Text = None
    line2: Text = None
    line3: Text = None
    city: Text = None
    zip: Text = None
    country: Text = None


class ContactFields(Sent):
    """The fields of a contact that a caller may set; either email or phoneNumber must be there."""

    model_config = ConfigDict(
        extra="forbid",
        alias_generator=to_camel,
        json_schema_extra={
            "example": {
                "firstName": "Anna",
                "lastName": "Müller",
                "email": "anna.mueller@example.com",
                "tags": ["Lead"],
                "additionalData": {"revenueBand": "$1-5M"},
            }
        },
    )

    first_name: Text = None
    last_name: Text = None
    email: Email = None
    phone_number: Text = None
    tags: Annotated[list[Tag], Field(max_length=100)] | None = None
    notes: Notes = None
    crm_company_id: UUID | None = None
    account_owner_id: UUID | None = None
    additional_data: FreeData | None = None
    address: AddressFields | None = None
    language: Language = None
    title: Text = None
    employer: Text = None
    seniority: Text = None
    function: Text = None
    location: Text = None

    @model_validator(mode="before")
    @classmethod
    def drop_what_only_the_service_sets(cls, data: object) -> object:
        """Let a contact that was read be sent back."""
        if isinstance(data, dict) and not IGNORED.isdisjoint(data):
            return {key: value for key, value in data.items() if key not in IGNORED}
        return data


class ListQuery(BaseModel):
    """How contacts are searched and listed."""

    model_config = ConfigDict(alias_generator=to_camel)

    search_term: Annotated[str, Field(max_length=1_000), AfterValidator(storable)] = ""
    tags: list[Annotated[str, Field(max_length=100), AfterValidator(storable)]] = Field(
        default_factory=list, max_length=100
    )
    tags_mode: Literal["all", "any", "none"] = "all"
    owner_id: UUID | None = None
    sort_by: Literal["firstName", "lastName", "email", "createdAt"] = "createdAt"
    sort_order: Literal["ASC", "DESC"] | None = None
    page: int = Field(default=1, ge=1, le=1_000_000_000)
    limit: int = Field(default=20, ge=1)
    cursor: Annotated[str, Field(max_length=20_000)] | None = None


class ContactItem(Read):
    """A contact."""

    id: UUID
    first_name: str | None
    last_name: str | None
    email: str | None
    phone_number: str | None
    tags: list[str]
    notes: str | None
    no_show_count: int
    crm_company_id: UUID | None
    account_owner_id: UUID | None
    additional_data: dict[str, JsonValue]
    address: dict[str, str | None] | None
    language: str | None
    title: str | None
    employer: str | None
    seniority: str | None
    function: str | None
    location: str | None
    created_at: datetime
    updated_at: datetime


class MeetingTypeItem(Read):
    """What kind of meeting it is."""

    id: str | None
    name: str | None


class HostItem(Read):
    """Who holds a meeting."""

    id: str
    email: str | None
    name: str | None


class AppointmentItem(Read):
    """A place that a contact has in a meeting."""

    id: str
    attendee_id: str
    start: datetime
    end: datetime
    timezone: str | None
    meeting_type: MeetingTypeItem | None
    hosts: list[HostItem]
    channel: str | None
    meeting_link: str | None
    is_cancelled: bool
    cancel_reason: str | None
    rescheduled_from: str | None
    is_no_show: bool
    source: str


class SubmissionItem(Read):
    """A form that a contact filled in."""

    id: str
    form_id: str | None
    form_name: str | None
    answers: dict[str, JsonValue]
    submitted_at: datetime


class CreatedContact(Read):
    """A contact with its appointments."""

    item: ContactItem
    appointments: list[AppointmentItem]
    next_appointment_iso: datetime | None


class ContactDetails(CreatedContact):
    """A contact with everything that belongs to it."""

    form_submissions: list[SubmissionItem]


class ContactRowAnswer(ContactItem):
    """The contact's fields, and the same again as `item`: some clients read one, some the other."""

    item: ContactItem
    appointments: list[AppointmentItem]
    next_appointment_iso: datetime | None


class ContactList(Read):
    """One page of contacts."""

    result: list[ContactRowAnswer]
    page: int
    limit: int
    total: int
    total_pages: int
    next_cursor: str | None
