"""Which contacts were deleted so long ago that nobody may keep them any longer."""

from uuid import UUID

from domain.ports import Connection

# Not by updated_at: what becomes of a deleted contact's meetings still changes it.
DELETED = """
    SELECT contact_id FROM read.contact AS contact WHERE company_id = %s AND status = 'deleted'
    AND (
        SELECT max(recorded_at) FROM log.event
        WHERE company_id = contact.company_id AND contact_id = contact.contact_id
        AND topic = 'contact.deleted'
    ) < now() - make_interval(days => %s)
    ORDER BY contact_id
"""


def deleted_before(connection: Connection, company_id: UUID, days: int) -> list[UUID]:
    """Return the contacts that are deleted and have been so for more than these days."""
    return [contact_id for (contact_id,) in connection.execute(DELETED, (company_id, days))]
