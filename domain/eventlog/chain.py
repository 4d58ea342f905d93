"""The arithmetic of the chain; it needs the standard library only, so that an auditor can copy it.

Numbers and times are text, text is UTF-8, hashes are 32 bytes. docs/audit.md has examples.
"""

import re
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

FORMAT = "contacts-log/1"
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def genesis(company_id: UUID) -> bytes:
    """Return the hash before position 1: SHA-256 of `contacts-log/1` LF company id."""
    return sha256(f"{FORMAT}\n{company_id}".encode()).digest()


def digest(state: bytes) -> bytes:
    """Return what stays of a state after an erasure: SHA-256 of its bytes."""
    return sha256(state).digest()


def entry(  # noqa: PLR0913  # these are the fields of the format
    *,
    company_id: UUID,
    position: int,
    contact_id: UUID,
    version: int,
    topic: str,
    recorded_at: datetime,
    actor: str,
    source: str,
    request_id: str,
) -> bytes:
    """Return all of an event but its state, in the order of the parameters, joined by LF.

    Ids are lower-case with hyphens, numbers decimal, an empty text is an empty line. A control
    character is refused: with a line feed in a field two different events could have one entry.
    """
    texts = (topic, instant(recorded_at), actor, source, request_id)
    if any(CONTROL.search(text) for text in texts):
        raise ValueError(f"a control character at position {position} of company {company_id}")
    return "\n".join(map(str, (company_id, position, contact_id, version, *texts))).encode()


def instant(recorded_at: datetime) -> str:
    """Return `YYYY-MM-DDTHH:MM:SS.ffffffZ`, always in UTC and with all six digits."""
    if recorded_at.tzinfo is None:
        raise ValueError("an instant has a time zone")
    return recorded_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def link(previous: bytes, entry: bytes, digest: bytes) -> bytes:
    """Return the hash of an event: SHA-256(previous hash, SHA-256(entry), digest of its state)."""
    return sha256(previous + sha256(entry).digest() + digest).digest()
