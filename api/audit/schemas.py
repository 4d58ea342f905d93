"""The wire of /audit: checkpoints, and the public keys that check them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, PlainSerializer, WithJsonSchema

from api.contacts.rendering import instant
from api.examples import OTHER_ID
from api.fields import Read

FORMAT: Literal["contacts-checkpoint/1"] = "contacts-checkpoint/1"

PEM = """\
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
"""
TIME = WithJsonSchema({"type": "string", "format": "date-time"})
KEY_ID = "21fe31dfa154a261626bf854046fd227"


class Checkpoint(Read):
    """Where a company's log stood.

    The signature is over `format`, `companyId`, `position`, `hash`, `recordedAt` and `keyId`, in
    this order, joined by line feeds.
    """

    format: Literal["contacts-checkpoint/1"] = Field(examples=[FORMAT])
    """The format."""
    company_id: UUID = Field(examples=[OTHER_ID])
    """The company whose log it is."""
    position: int = Field(ge=0, examples=[1842])
    """The position of the last event, 0 when there is none."""
    hash: str = Field(examples=["c2" * 32])
    """The hash of that event, in hexadecimal: it depends on all events before."""
    recorded_at: str = Field(examples=["2026-06-30T23:59:59.999999Z"])
    """When that event was recorded, in microseconds."""
    key_id: str = Field(examples=[KEY_ID])
    """Which of the public keys checks the signature."""
    signature: str = Field(examples=["3d" * 64])
    """The Ed25519 signature, in hexadecimal."""


class PublicKey(Read):
    """A key that checkpoints are or were signed with."""

    key_id: str = Field(examples=[KEY_ID])
    """The first 32 hexadecimal digits of the SHA-256 of the key's 32 bytes."""
    public_key: str = Field(examples=[PEM])
    """The key in PEM."""
    first_used_at: Annotated[datetime, PlainSerializer(instant), TIME] = Field(
        examples=["2026-06-30T23:59:59.999Z"]
    )
    """When this service began to sign with it."""
    current: bool = Field(examples=[True])
    """Whether the service signs with it now."""


class PublicKeys(Read):
    """All keys that checkpoints were ever signed with; keep this answer for the verifier."""

    result: list[PublicKey]
    """The keys, the newest first."""
