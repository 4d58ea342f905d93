"""Makes keys, and recognises them; only a SHA-256 of a key is ever stored."""

import hashlib
import secrets
import time
from collections.abc import Collection, Sequence
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
    "INSERT INTO edge.api_key (company_id, key_id, digest, scopes, expires_at, name) "
    "VALUES (%s, %s, %s, %s, %s, %s)"
)
OF_COMPANY = (
    "SELECT key_id, name, scopes, created_at, expires_at, revoked_at, last_used_at "
    "FROM edge.api_key "
    "WHERE company_id = %s ORDER BY created_at, key_id"
)
NAMES = (
    "SELECT key_id::text, name FROM edge.api_key "
    "WHERE company_id = %s AND key_id::text = ANY(%s) AND name IS NOT NULL"
)
REVOKE = (
    "UPDATE edge.api_key SET revoked_at = coalesce(revoked_at, now()) "
    "WHERE company_id = %s AND key_id = %s RETURNING key_id"
)
# Who lives as long as before: as the old key did, counted from now.
SUCCESSOR = (
    "SELECT name, scopes, expires_at - created_at FROM edge.api_key WHERE company_id = %s "
    "AND key_id = %s AND revoked_at IS NULL AND coalesce(expires_at > now(), true)"
)
EXPIRE = (
    "UPDATE edge.api_key SET expires_at = least(expires_at, %s) "
    "WHERE company_id = %s AND key_id = %s RETURNING expires_at"
)
USED = (
    "UPDATE edge.api_key SET last_used_at = now() "
    "FROM unnest(%s::uuid[], %s::uuid[]) AS used (company_id, key_id) "
    "WHERE api_key.company_id = used.company_id AND api_key.key_id = used.key_id "
    # another process may have noted it just now
    "AND coalesce(last_used_at < now() - interval '50 s', true)"
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
        self._used: set[tuple[UUID, UUID]] = set()

    async def recognise(self, token: str) -> Key | None:
        """Return the key that the token is; None when unknown or revoked."""
        digest = digest_of(token)
        seen = self._seen.get(digest)
        now = time.monotonic()
        if seen is not None and now - seen[0] < TRUSTED_SECONDS:
            return seen[1]
        key = await self._look_up(digest)
        if key is not None and not key.expired():
            self._used.add((key.company_id, key.key_id))
        if len(self._seen) >= CACHED_KEYS:
            self._seen.clear()
        self._seen[digest] = (now, key)
        return key

    def take_used(self) -> set[tuple[UUID, UUID]]:
        """Return which keys, by company and id, were used since the last call."""
        used, self._used = self._used, set()
        return used

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
    name: str | None = None,
) -> tuple[UUID, str]:
    """Make a key; returns its id and, this once, the key itself."""
    key_id, token = uuid7(), PREFIX + secrets.token_urlsafe(32)
    digest = digest_of(token)
    connection.execute(INSERT, (company_id, key_id, digest, list(scopes), expires_at, name))
    return key_id, token


def exists(connection: Connection[Any], token: str) -> bool:
    """Tell whether the token is a key of this database that is not revoked."""
    return connection.execute(BY_DIGEST, (digest_of(token),)).fetchone() is not None


def of_company(connection: Connection[Any], company_id: UUID) -> list[tuple[Any, ...]]:
    """Return id, name, scopes, creation, expiry, revocation and last use of each key."""
    return connection.execute(OF_COMPANY, (company_id,)).fetchall()


def names(
    connection: Connection[Any], company_id: UUID, key_ids: Collection[str]
) -> dict[str, str]:
    """Return the names of those of the keys that have one."""
    return dict(connection.execute(NAMES, (company_id, list(key_ids))).fetchall())


def revoke(connection: Connection[Any], company_id: UUID, key_id: UUID) -> bool:
    """Make a key useless for good; False when the company has no such key."""
    return connection.execute(REVOKE, (company_id, key_id)).fetchone() is not None


def rotate(
    connection: Connection[Any], company_id: UUID, key_id: UUID, until: datetime
) -> tuple[UUID, str, datetime] | None:
    """Make a key with the same name, scopes and lifetime, and let the old one end at `until`.

    Returns the new key's id, the key itself, and when the old one ends: no later than it would have
    anyway. None when the company has no such key that works.
    """
    with connection.transaction():
        old = connection.execute(SUCCESSOR, (company_id, key_id)).fetchone()
        if old is None:
            return None
        name, scopes, lifetime = old
        expires_at = None if lifetime is None else datetime.now(UTC) + lifetime
        new_id, token = create(connection, company_id, scopes, expires_at, name)
        [[ends_at]] = connection.execute(EXPIRE, (until, company_id, key_id)).fetchall()
    return new_id, token, ends_at
