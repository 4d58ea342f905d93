"""What callers send to erase a contact, and the certificate that they get."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.audit.schemas import FORMAT, KEY_ID, Checkpoint
from api.examples import OTHER_ID, SOME_ID
from api.fields import Read, Sent

Reason = Literal["subject_request", "retention", "mistake"]
"""Why somebody is erased. A code and never free text, for it stays when all else is gone."""


SIGNED = {
    "format": FORMAT,
    "companyId": OTHER_ID,
    "position": 1842,
    "hash": "c2" * 32,
    "recordedAt": "2026-06-30T23:59:59.999999Z",
    "keyId": KEY_ID,
    "signature": "3d" * 64,
}


class ErasureFields(Sent):
    """Why a contact is to be erased."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "subject_request"}]})

    reason: Reason
    """The person asked for it, its time was over, or it should never have been kept. It stays in
    the history of the erased contact."""


class ClearedItem(Read):
    """What was destroyed in one table."""

    table: str = Field(examples=["log.event"])
    """The table, with its schema."""
    what: str = Field(examples=["contents of events"])
    """What is counted."""
    count: int = Field(ge=0, examples=[12])
    """How many there were."""


class Certificate(Read):
    """What an erasure has destroyed, and how that can be proved."""

    contact_id: UUID = Field(examples=[SOME_ID])
    """Who was erased; an id that says nothing about the person."""
    company_id: UUID = Field(examples=[OTHER_ID])
    """The company whose contact it was."""
    reason: Reason = Field(examples=["subject_request"])
    """Why."""
    erased_at: datetime = Field(examples=["2026-06-30T23:59:59.999999Z"])
    """When, in microseconds."""
    position: int = Field(ge=1, examples=[1842])
    """The place of the erasure in the company's log."""
    hash: str = Field(examples=["c2" * 32])
    """The hash of that event, in hexadecimal: the log up to there, without what was destroyed."""
    cleared: list[ClearedItem]
    """What was destroyed, table by table."""
    backups_gone_at: datetime | None = Field(examples=["2026-07-30T23:59:59.999999Z"])
    """When the last backup that was made before is gone; null when nobody has set for how many days
    backups are kept."""
    checkpoint: Checkpoint | None = Field(examples=[SIGNED])
    """The signed statement of where the log stood after the erasure, if the service can sign."""
    checkpoint_missing: Literal["no_signing_key"] | None = Field(examples=[None])
    """Why there is no checkpoint."""
