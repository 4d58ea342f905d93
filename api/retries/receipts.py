"""The table of receipts: hides its statements from the write side and from the edge."""

from collections.abc import Callable, Collection, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from pydantic_core import to_json

from domain.ports import Connection, Kept, NewReceipt, ReceiptKey

FIND = """
    SELECT company_id, key, part, digest, answer FROM edge.receipt
    JOIN unnest(%b::uuid[], %b::bytea[]) AS wanted (company_id, key) USING (company_id, key)
    WHERE created_at > statement_timestamp() - interval '24 hours'
"""

KEEP = """
    INSERT INTO edge.receipt AS old (company_id, key, part, digest, answer, contact_ids)
    SELECT company_id, decode(key, 'hex'), part, decode(digest, 'hex'), answer, contact_ids
    FROM json_to_recordset(%s::json) AS receipt (
        company_id uuid, key text, part integer, digest text, answer text, contact_ids uuid[])
    ON CONFLICT (company_id, key, part) DO UPDATE SET
        digest = excluded.digest, answer = excluded.answer, contact_ids = excluded.contact_ids,
        created_at = excluded.created_at
"""

AMEND = """
    UPDATE edge.receipt SET answer = %s WHERE company_id = %s AND key = %s AND answer IS NOT NULL
"""


class ReceiptTable:
    """Receipts as the append transaction keeps and finds them."""

    def find(
        self, connection: Connection, keys: Collection[ReceiptKey]
    ) -> Callable[[], dict[ReceiptKey, Kept]]:
        """Send the look-up; those that are older than a day are not found."""
        cursor = connection.execute(FIND, columns(keys))
        return lambda: gathered(cursor.fetchall())

    def keep(self, connection: Connection, receipts: Sequence[NewReceipt]) -> None:
        """Send new receipts; only those that are too old to be found are replaced."""
        rows = [
            {
                "company_id": receipt.company_id,
                "key": receipt.key.hex(),
                "part": receipt.part,
                "digest": receipt.digest.hex(),
                "answer": receipt.answer,
                "contact_ids": receipt.contact_ids,
            }
            for receipt in receipts
        ]
        connection.execute(KEEP, (to_json(rows).decode(),))


def columns(keys: Collection[ReceiptKey]) -> tuple[list[UUID], list[bytes]]:
    """Return companies and keys as FIND takes them."""
    return [company_id for company_id, _ in keys], [key for _, key in keys]


def gathered(rows: Collection[tuple[Any, ...]]) -> dict[ReceiptKey, Kept]:
    """Gather the parts of each request; any of them may tell the digest."""
    found: dict[ReceiptKey, Kept] = {}
    for company_id, key, part, digest, answer in rows:
        kept = found.setdefault((company_id, key), Kept(digest))
        kept.digest = kept.digest or digest
        kept.answers[part] = answer
    return found


async def find(connection: AsyncConnection[Any], key: ReceiptKey) -> Kept | None:
    """Look for one receipt outside of any batch."""
    cursor = await connection.execute(FIND, columns([key]))
    return gathered(await cursor.fetchall()).get(key)
