"""Makes signed statements of where a company's log stands."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, Connection

from api.audit.schemas import FORMAT, Checkpoint, PublicKey, PublicKeys
from api.audit.signing import Signer
from api.history.unreadable import dated, dated_async
from domain.eventlog.chain import instant

KEYS = "SELECT key_id, public_key, first_used_at FROM edge.public_key ORDER BY first_used_at DESC"
HEAD = "SELECT position, hash, recorded_at FROM log.company_log WHERE company_id = %s"


async def of_company(
    connection: AsyncConnection[Any], signer: Signer, company_id: UUID
) -> Checkpoint:
    """Return a checkpoint at the head of the company's log."""
    cursor = await connection.execute(HEAD, (company_id,))
    async with dated_async(connection, company_id):
        [head] = await cursor.fetchall()
    return checkpoint(signer, company_id, *head)


def of_company_now(connection: Connection[Any], signer: Signer, company_id: UUID) -> Checkpoint:
    """Do the same for a command."""
    with dated(connection, company_id):
        [head] = connection.execute(HEAD, (company_id,)).fetchall()
    return checkpoint(signer, company_id, *head)


def checkpoint(
    signer: Signer, company_id: UUID, position: int, head: bytes, recorded_at: datetime
) -> Checkpoint:
    """Sign that the event at this position has this hash."""
    fields = (FORMAT, company_id, position, head.hex(), instant(recorded_at), signer.key_id)
    return Checkpoint(
        format=FORMAT,
        company_id=company_id,
        position=position,
        hash=head.hex(),
        recorded_at=instant(recorded_at),
        key_id=signer.key_id,
        signature=signer.sign("\n".join(map(str, fields))),
    )


def as_file(checkpoint: Checkpoint) -> str:
    """Return a checkpoint as it is kept: one line of JSON."""
    return checkpoint.model_dump_json(by_alias=True) + "\n"


def known_keys(connection: Connection[Any]) -> bytes:
    """Return the public keys as GET /audit/public-keys answers them."""
    return listed(connection.execute(KEYS).fetchall(), None).model_dump_json(by_alias=True).encode()


def listed(rows: Iterable[tuple[str, str, datetime]], current: Signer | None) -> PublicKeys:
    """Return the keys of these rows of KEYS."""
    now = current.key_id if current else None
    return PublicKeys(
        result=[
            PublicKey(key_id=id_, public_key=pem, first_used_at=since, current=id_ == now)
            for id_, pem, since in rows
        ]
    )
