"""Keeps deliveries: each is stored before anybody looks into it, and nothing of it is lost."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from uuid_utils.compat import uuid7

from api.intake.register import Sender

COLUMNS = "d.company_id, d.delivery_id, d.source_id, s.kind, c.region, d.body, d.state, d.reason"
JOINED = (
    "FROM edge.delivery d JOIN edge.intake_source s USING (company_id, source_id) "
    "JOIN edge.company c USING (company_id)"
)
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
SAME_BODY = (
    f"SELECT {COLUMNS} {JOINED} "
    "WHERE d.company_id = %s AND d.source_id = %s AND d.digest = %s "
    "AND d.received_at > now() - interval '10 minutes' ORDER BY d.received_at DESC LIMIT 1"
)
STORE = (
    "INSERT INTO edge.delivery (company_id, delivery_id, source_id, body, digest) "
    "VALUES (%s, %s, %s, %s, %s)"
)
WAITING = (
    f"SELECT {COLUMNS} {JOINED} WHERE d.company_id = %s AND d.state = 'waiting' "
    "AND d.appointment_ids && %s AND d.body IS NOT NULL ORDER BY d.received_at, d.delivery_id"
)
KEPT = (
    f"SELECT {COLUMNS} {JOINED} WHERE d.company_id = %s AND d.state <> 'done' "
    "AND d.body IS NOT NULL AND d.delivery_id = coalesce(%s, d.delivery_id) "
    "ORDER BY d.received_at, d.delivery_id"
)
CLAIM = (
    "UPDATE edge.delivery SET taken_at = now() WHERE (company_id, delivery_id) IN ("
    "SELECT company_id, delivery_id FROM edge.delivery WHERE body IS NOT NULL AND "
    "(state = 'received' AND taken_at < now() - interval '1 minute' "
    "OR state = 'waiting' AND taken_at < now() - interval '1 hour') "
    "ORDER BY received_at LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING delivery_id"
)
CLAIMED = (
    f"SELECT {COLUMNS} {JOINED} WHERE d.delivery_id = ANY(%s) ORDER BY d.received_at, d.delivery_id"
)
SETTLE = (
    "UPDATE edge.delivery SET state = %(state)s, reason = %(reason)s, said_at = %(said_at)s, "
    "appointment_ids = %(appointment_ids)s, addresses = %(addresses)s, "
    "contact_ids = %(contact_ids)s, attempts = attempts + 1, taken_at = now() "
    # what was forgotten meanwhile stays forgotten, and what is done stays done
    "WHERE company_id = %(company_id)s AND delivery_id = %(delivery_id)s AND body IS NOT NULL "
    "AND (state <> 'done' OR %(state)s = 'done')"
)


class State(StrEnum):
    """What became of a delivery."""

    RECEIVED = "received"
    """Stored, not interpreted yet."""
    DONE = "done"
    """What it says is known."""
    WAITING = "waiting"
    """It speaks of a booking that has not come yet."""
    REJECTED = "rejected"
    """It could not be understood, or not be done."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a source sent; `region` is where its company's phone numbers are from."""

    company_id: UUID
    delivery_id: UUID
    source_id: UUID
    kind: str
    region: str
    body: bytes
    state: State = State.RECEIVED
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a delivery, and whom and what it speaks of."""

    state: State
    reason: str | None = None
    contact_ids: tuple[UUID, ...] = ()
    appointment_ids: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    said_at: datetime | None = None


async def store(connection: AsyncConnection[Any], sender: Sender, body: bytes) -> Delivery:
    """Commit a delivery, or return the one that came with the same body lately."""
    digest = hashlib.sha256(body).digest()
    async with connection.transaction():
        # the same body at the same moment must not be stored twice
        await connection.execute(LOCK, (f"contacts/intake/{sender.source_id}/{digest.hex()}",))
        key = (sender.company_id, sender.source_id, digest)
        row = await (await connection.execute(SAME_BODY, key)).fetchone()
        if row is not None:
            return delivery(row, body)
        company_id, source_id, kind, region, _ = sender
        stored = Delivery(company_id, uuid7(), source_id, kind, region, body)
        values = (company_id, stored.delivery_id, source_id, body, digest)
        await connection.execute(STORE, values)
    return stored


async def waiting_for(
    connection: AsyncConnection[Any], company_id: UUID, appointment_ids: Collection[str]
) -> list[Delivery]:
    """Return what waits for one of these bookings, in order of arrival."""
    cursor = await connection.execute(WAITING, (company_id, list(appointment_ids)))
    return [delivery(row) for row in await cursor.fetchall()]


async def kept(
    connection: AsyncConnection[Any], company_id: UUID, delivery_id: UUID | None = None
) -> list[Delivery]:
    """Return what is not done, or the one that is named, in order of arrival."""
    cursor = await connection.execute(KEPT, (company_id, delivery_id))
    return [delivery(row) for row in await cursor.fetchall()]


async def claim(connection: AsyncConnection[Any], at_most: int) -> list[Delivery]:
    """Take up what was left lying; whoever else claims at this moment gets others."""
    cursor = await connection.execute(CLAIM, (at_most,))
    ids = [row.delivery_id for row in await cursor.fetchall()]
    cursor = await connection.execute(CLAIMED, (ids,))
    return [delivery(row) for row in await cursor.fetchall()]


async def settle(connection: AsyncConnection[Any], of: Delivery, verdict: Verdict) -> None:
    """Note what became of a delivery."""
    values = {
        "company_id": of.company_id,
        "delivery_id": of.delivery_id,
        "state": verdict.state,
        "reason": verdict.reason,
        "said_at": verdict.said_at,
        "appointment_ids": list(verdict.appointment_ids),
        "addresses": list(verdict.addresses),
        "contact_ids": list(verdict.contact_ids),
    }
    await connection.execute(SETTLE, values)


def delivery(row: Any, body: bytes = b"") -> Delivery:  # noqa: ANN401  # a named tuple of COLUMNS
    """Return a row as a delivery; the body of one that was forgotten is the one at hand."""
    return Delivery(
        row.company_id,
        row.delivery_id,
        row.source_id,
        row.kind,
        row.region,
        body if row.body is None else row.body,
        State(row.state),
        row.reason,
    )
