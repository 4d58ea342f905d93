"""Who may send: the sources of each company; only a SHA-256 of a token is ever stored."""

import hashlib
import secrets
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection, Connection
from uuid_utils.compat import uuid7

from api.refusals import Refused

PREFIX = "cth_"
"""What every token begins with, so that people and secret scanners recognise it."""

INSERT = (
    "INSERT INTO edge.intake_source (company_id, source_id, kind, digest, secret) "
    "VALUES (%s, %s, %s, %s, %s)"
)
OF_COMPANY = (
    "SELECT source_id, kind, secret IS NOT NULL, created_at, disabled_at FROM edge.intake_source "
    "WHERE company_id = %s ORDER BY created_at, source_id"
)
FIND = (
    "SELECT kind, secret FROM edge.intake_source "
    "WHERE company_id = %s AND source_id = %s AND disabled_at IS NULL"
)
DISABLE = (
    "UPDATE edge.intake_source SET disabled_at = coalesce(disabled_at, now()) "
    "WHERE company_id = %s AND source_id = %s RETURNING source_id"
)
ROTATE = (
    "UPDATE edge.intake_source SET digest = %s, secret = %s "
    "WHERE company_id = %s AND source_id = %s"
)
SENDER = (
    "SELECT s.company_id, s.source_id, s.kind, c.region, s.secret "
    "FROM edge.intake_source s JOIN edge.company c USING (company_id) "
    "WHERE s.digest = %s AND s.kind = %s AND s.disabled_at IS NULL"
)


class IntakeError(Refused):
    """A source cannot be made or found; the message says why."""


class Sender(NamedTuple):
    """A source that may send: `kind` is the scheduler, `secret` what it signs with, if it does."""

    company_id: UUID
    source_id: UUID
    kind: str
    region: str
    secret: str | None


class Access(NamedTuple):
    """What the scheduler must be told, this once: the token, and the secret if it signs."""

    source_id: UUID
    kind: str
    token: str
    secret: str | None


def add(connection: Connection[Any], company_id: UUID, kind: str, secret: str | None) -> Access:
    """Make a source."""
    access = Access(uuid7(), kind, new_token(), secret)
    digest = digest_of(access.token)
    connection.execute(INSERT, (company_id, access.source_id, kind, digest, secret))
    return access


def of_company(connection: Connection[Any], company_id: UUID) -> list[tuple[Any, ...]]:
    """Return id, kind, whether it signs, creation and end of each source."""
    return connection.execute(OF_COMPANY, (company_id,)).fetchall()


def disable(connection: Connection[Any], company_id: UUID, source_id: UUID) -> None:
    """Let a source send no more."""
    if connection.execute(DISABLE, (company_id, source_id)).fetchone() is None:
        raise IntakeError(f"this company has no source {source_id}")


def rotate(
    connection: Connection[Any], company_id: UUID, source_id: UUID, secret: str | None
) -> Access:
    """Give a source a new token and, if it signs, a new secret; the old ones end at once."""
    row = connection.execute(FIND, (company_id, source_id)).fetchone()
    if row is None:
        raise IntakeError(f"this company has no source {source_id} that may send")
    kind, signed = row[0], row[1] is not None
    access = Access(source_id, kind, new_token(), (secret or new_secret()) if signed else None)
    arguments = (digest_of(access.token), access.secret, company_id, source_id)
    connection.execute(ROTATE, arguments)
    return access


async def recognise(connection: AsyncConnection[Any], kind: str, token: str) -> Sender | None:
    """Return who sends with this token; None when it is unknown, disabled or another's."""
    cursor = await connection.execute(SENDER, (digest_of(token), kind))
    row = await cursor.fetchone()
    return None if row is None else Sender(*row)


def new_token() -> str:
    """Make a token of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def new_secret() -> str:
    """Make a secret to sign with, of 256 random bits."""
    return secrets.token_hex(32)


def digest_of(token: str) -> bytes:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
