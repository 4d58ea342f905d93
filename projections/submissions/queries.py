"""Answers from the submissions view: the forms that a contact filled in."""

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, AsyncCursor

OF_CONTACT = (
    "SELECT submission_id, form_id, form_name, answers, submitted_at FROM read.submission "
    "WHERE company_id = %s AND contact_id = %s ORDER BY submitted_at, submission_id"
)


async def ask_of(
    connection: AsyncConnection[Any], company_id: UUID, contact_id: UUID
) -> AsyncCursor[Any]:
    """Ask for the submissions of one contact."""
    return await connection.execute(OF_CONTACT, (company_id, contact_id))
