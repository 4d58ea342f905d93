"""Makes keys, and recognises them; only a SHA-256 of a key is ever stored."""

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg_pool import AsyncConnectionPool
from uuid_utils.compat import uuid7

PREFIX = "ctk_"
"""What every key begins with, so that people and secret scanners recognise it."""

TRUSTED_SECONDS = 2.0
"""How long a key that was looked up is taken as valid; a revoked one works no longer than this."""

CACHED_KEYS = 10_000

BY_DIGEST = (
    "SELECT k.company_id, k.key_id, c.region, k.scopes, k.expires_at "
    "FROM edge.api_key k JOIN edge.company c USING (company_id) "
    "WHERE k.digest = %s AND k.revoked_at IS NULL"
)
INSERT = (
    "INSERT INTO edge.api_key (company_id, key_id, digest, scopes, expires_at) "
    "VALUES (%s, %s, %s, %s, %s)"
)
OF_COMPANY = (
    "SELECT key_id, scopes, created_at, expires_at, revoked_at FROM edge.api_key "
    "WHERE company_id = %s ORDER BY created_at, key_id"
)
REVOKE = (
    "UPDATE edge.api_key SET revoked_at = coalesce(revoked_at, now()) "
    "WHERE company_id = %s AND key_id = %s RETURNING key_id"
)


class Scope(StrEnum):
    """What a key may do."""

    READ = "contacts:read"
    WRITE = "contacts:write"
    ERASE = "contacts:erase"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as far as it is known: never the key itself."""

    company_id: UUID
    key_id: UUID
    region: str
    scopes: frozenset[str]
    expires_at: datetime | None

    def expired(self) -> bool:
        """Tell whether its time is over."""
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)

    def allows(self, scope: Scope) -> bool:
        """Tell whether it may do this; who may write may read."""
        implied = {Scope.WRITE} if scope is Scope.READ else set()
        return not self.scopes.isdisjoint({scope, *implied})


class Keyring:
    """Recognises keys, asking the database at most once a key in TRUSTED_SECONDS."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        """Look keys up through `pool`."""
        self._pool = pool
        self._seen: dict[bytes, tuple[float, Key | None]] = {}

    async def recognise(self, token: str) -> Key | None:
        """Return the key that the token is; None when unknown or revoked."""
        digest = digest_of(token)
        seen = self._seen.get(digest)
        now = time.monotonic()
        if seen is not None and now - seen[0] < TRUSTED_SECONDS:
            return seen[1]
        key = await self._look_up(digest)
        if len(self._seen) >= CACHED_KEYS:
            self._seen.clear()
        self._seen[digest] = (now, key)
        return key

    async def _look_up(self, digest: bytes) -> Key | None:
        async with self._pool.connection() as connection:
            row = await (await connection.execute(BY_DIGEST, (digest,))).fetchone()
        if row is None:
            return None
        return Key(row.company_id, row.key_id, row.region, frozenset(row.scopes), row.expires_at)


def digest_of(token: str) -> bytes:
    """Return what is stored of a key."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def create(
    connection: Connection[Any],
    company_id: UUID,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
) -> tuple[UUID, str]:
    """Make a key; returns its id and, this once, the key itself."""
    key_id, token = uuid7(), PREFIX + secrets.token_urlsafe(32)
    digest = digest_of(token)
    connection.execute(INSERT, (company_id, key_id, digest, list(scopes), expires_at))
    return key_id, token


def exists(connection: Connection[Any], token: str) -> bool:
    """Tell whether the token is a key of this database that is not revoked."""
    return connection.execute(BY_DIGEST, (digest_of(token),)).fetchone() is not None


def of_company(connection: Connection[Any], company_id: UUID) -> list[tuple[Any, ...]]:
    """Return id, scopes, creation, expiry and revocation of each key."""
    return connection.execute(OF_COMPANY, (company_id,)).fetchall()


def revoke(connection: Connection[Any], company_id: UUID, key_id: UUID) -> bool:
    """Make a key useless for good; False when the company has no such key."""
    return connection.execute(REVOKE, (company_id, key_id)).fetchone() is not None
