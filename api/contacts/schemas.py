"""Contacts as callers send them, and what they search for."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from api.examples import OTHER_ID
from api.fields import (
    NO_ZERO,
    REACHABLE,
    Email,
    FreeData,
    Language,
    Notes,
    Sent,
    Tag,
    Text,
    storable,
)
from projections.contacts.question import Filter

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


class AddressFields(Sent):
    """A postal address; what is not sent is not there."""

    line1: Text = None
    """Street and house number."""
    line2: Text = None
    """Anything further, as a floor."""
    line3: Text = None
    """Anything further, as a building."""
    city: Text = None
    """City."""
    zip: Text = None
    """Postal code."""
    country: Text = None
    """Country, as typed."""


class ContactFields(Sent):
    """The fields of a contact that a caller may set.

    A field that nobody knows is refused by its name. What only the service sets (`id`,
    `noShowCount`, `createdAt`, `updatedAt`, `item`, `appointments`, `nextAppointmentIso`,
    `formSubmissions`) is accepted and ignored, so that a contact that was read can be sent back.
    A blank text counts as `null`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "tags": ["Lead", "Qualified"],
                    "notes": "Interested in Enterprise plan",
                    "additionalData": {"revenueBand": None},
                }
            ]
        }
    )

    first_name: Text = None
    """Given name."""
    last_name: Text = None
    """Family name."""
    email: Email = None
    """E-mail address, shown as typed. It belongs to one contact of a company, however it is
    typed: with space around it, in capitals, or with a domain in another script."""
    phone_number: Text = None
    """Phone number. It is kept in E.164 if it is valid in the company's region, else as typed."""
    tags: Annotated[list[Tag], Field(max_length=100)] | None = None
    """Labels. They replace the ones that callers gave before."""
    notes: Notes = None
    """Free text of at most 65,536 bytes in UTF-8."""
    crm_company_id: UUID | None = None
    """The company that the contact works for, by an id of the caller's."""
    account_owner_id: UUID | None = None
    """The user who looks after the contact, by an id of the caller's."""
    additional_data: FreeData | None = None
    """Any JSON of at most 65,536 bytes and 20 levels. It is merged with what is there; a `null`
    removes its key."""
    address: AddressFields | None = None
    """Postal address."""
    language: Language = None
    """Language, as an ISO 639 code."""
    title: Text = None
    """Form of address or academic title."""
    employer: Text = None
    """Name of the employer."""
    seniority: Text = None
    """Rank at the employer."""
    function: Text = None
    """Task at the employer."""
    location: Text = None
    """Where the contact is, as typed."""

    @model_validator(mode="before")
    @classmethod
    def drop_what_only_the_service_sets(cls, data: object) -> object:
        """Let a contact that was read be sent back."""
        if isinstance(data, dict) and not IGNORED.isdisjoint(data):
            return {key: value for key, value in data.items() if key not in IGNORED}
        return data


class NewContact(ContactFields):
    """A contact to create; either `email` or `phoneNumber` must be there."""

    model_config = ConfigDict(
        json_schema_extra={
            **REACHABLE,
            "examples": [
                {
                    "firstName": "Anna",
                    "lastName": "Müller",
                    "email": "anna.mueller@example.com",
                    "tags": ["Lead"],
                    "additionalData": {"revenueBand": "$1-5M"},
                }
            ],
        }
    )


class Selection(BaseModel):
    """Which contacts are meant."""

    model_config = ConfigDict(alias_generator=to_camel, use_attribute_docstrings=True)

    search_term: Annotated[
        str,
        Field(max_length=1_000, examples=["anna müller"], json_schema_extra=NO_ZERO),
        AfterValidator(storable),
    ] = ""
    """Words, each of which must occur in the name, e-mail address or phone number: in any order,
    case and spelling (`muller`, `mueller` and `müller` find both `Müller` and `Mueller`); a
    number in any formatting (`0151/123-456`). Empty: every contact."""
    tags: list[
        Annotated[str, Field(max_length=100, json_schema_extra=NO_ZERO), AfterValidator(storable)]
    ] = Field(default_factory=list, max_length=100, examples=[["Lead", "Qualified"]])
    """Tags, given as `tags=Lead&tags=Qualified`."""
    tags_mode: Annotated[Literal["all", "any", "none"], Field(examples=["any"])] = "all"
    """Whether a contact must have all of the tags, any of them, or none."""
    owner_id: Annotated[UUID | None, Field(examples=[OTHER_ID])] = None
    """Only contacts with this `accountOwnerId`."""

    @property
    def filter(self) -> Filter:
        """The same as the read side understands it."""
        tags = tuple(tag for tag in self.tags if tag)
        return Filter(self.search_term, tags, self.tags_mode, self.owner_id)


class ListQuery(Selection):
    """How contacts are searched and listed."""

    sort_by: Annotated[
        Literal["firstName", "lastName", "email", "createdAt"], Field(examples=["lastName"])
    ] = "createdAt"
    """What to sort by. Case and accents are ignored, contacts without the field come last."""
    sort_order: Annotated[Literal["ASC", "DESC"] | None, Field(examples=["ASC"])] = None
    """Direction; without it, DESC for createdAt and ASC for the others."""
    page: int = Field(default=1, ge=1, le=1_000_000_000, examples=[1])
    """Page, from 1; cannot be combined with `cursor`."""
    limit: int = Field(default=20, ge=1, examples=[20])
    """Contacts a page. More than 100 is answered as 100."""
    cursor: (
        Annotated[
            str,
            Field(
                max_length=20_000,
                examples=["J7rWc2VhbGVk"],
                json_schema_extra={"pattern": "^[A-Za-z0-9_-]+$"},
            ),
        ]
        | None
    ) = None
    """The `nextCursor` of the page before. It brings all other parameters; of them, only `limit`
    may be given another value."""
