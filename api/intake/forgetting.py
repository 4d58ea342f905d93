"""How deliveries are forgotten: after some days, and at once when a person is erased."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

BLANK = (
    "UPDATE edge.delivery SET "
    "body = NULL, digest = NULL, appointment_ids = '{}', addresses = '{}', "
    "state = CASE state WHEN 'done' THEN state ELSE 'rejected' END, "
    "reason = CASE state WHEN 'done' THEN reason ELSE %(why)s END "
)
EXPIRE = BLANK + "WHERE body IS NOT NULL AND received_at < now() - make_interval(days => %(days)s)"
FORGET = BLANK + (
    "WHERE company_id = %(company_id)s AND body IS NOT NULL AND ("
    "contact_ids @> ARRAY[%(contact_id)s]::uuid[] OR addresses && %(addresses)s::text[] "
    # of what could not be understood nobody knows whom it speaks of: look for the address itself
    "OR addresses = '{}' AND EXISTS (SELECT FROM unnest(%(addresses)s::text[]) AS address "
    "WHERE strpos(lower(encode(body, 'escape')), lower(address)) > 0))"
)


async def expire(connection: AsyncConnection[Any], days: int) -> int:
    """Remove the personal data of deliveries that are older; return how many there were."""
    cursor = await connection.execute(EXPIRE, {"why": "expired", "days": days})
    return cursor.rowcount


def forget(
    connection: psycopg.Connection[Any],
    company_id: UUID,
    contact_id: UUID,
    addresses: Collection[str],
) -> int:
    """Remove what deliveries say of an erased contact; return how many deliveries there were.

    `addresses` are all e-mail keys and E.164 numbers that the contact ever had.
    """
    cursor = connection.execute(
        FORGET,
        {
            "why": "erased",
            "company_id": company_id,
            "contact_id": contact_id,
            "addresses": list(addresses),
        },
    )
    return cursor.rowcount
