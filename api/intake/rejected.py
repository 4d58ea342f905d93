"""What is kept and not done, as operators see it: never what stands in it."""

from typing import Any
from uuid import UUID

from psycopg import Connection

OF_COMPANY = (
    "SELECT d.delivery_id, s.kind, d.state, d.reason, d.received_at, d.attempts, "
    "d.body IS NOT NULL FROM edge.delivery d "
    "JOIN edge.intake_source s USING (company_id, source_id) "
    "WHERE d.company_id = %s AND d.state <> 'done' ORDER BY d.received_at, d.delivery_id"
)


def of_company(connection: Connection[Any], company_id: UUID) -> list[tuple[Any, ...]]:
    """Return id, source, state, reason, arrival, attempts, and whether it can be tried again."""
    return connection.execute(OF_COMPANY, (company_id,)).fetchall()
