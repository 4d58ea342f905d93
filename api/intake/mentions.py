"""Finds the deliveries that speak of one person, and of nobody else who happens to be like them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.rows import args_row

from api.addresses import named

# An erasure takes whatever may be the person's; a report must not tell what may be another's. So an
# address counts only where nobody knows whose contact a delivery speaks of.
MENTIONING = (
    "SELECT d.delivery_id, s.kind, d.received_at, d.state, d.reason, d.body, "
    "cardinality(d.contact_ids) > 1, d.contact_ids <> '{}' OR d.addresses <> '{}' "
    "FROM edge.delivery d JOIN edge.intake_source s USING (company_id, source_id) "
    "WHERE d.company_id = %(company_id)s AND (d.contact_ids @> ARRAY[%(contact_id)s]::uuid[] "
    "OR d.contact_ids = '{}' AND (d.addresses && %(addresses)s::text[] "
    " OR d.addresses = '{}' AND EXISTS (SELECT FROM unnest(%(addresses)s::text[]) AS address"
    " WHERE strpos(lower(encode(d.body, 'escape')), lower(address)) > 0))) "
    "ORDER BY d.received_at, d.delivery_id"
)


class Mention(NamedTuple):
    """A delivery; its body is None when it was not kept any longer."""

    delivery_id: UUID
    source: str
    received_at: datetime
    state: str
    reason: str | None
    body: bytes | None
    of_several: bool
    """Whether other contacts are in it as well."""
    attributed: bool
    """Whether it is known of whom it speaks; if not, the address was only seen in the body."""

    @property
    def text(self) -> str:
        """The body, as far as it is text."""
        return (self.body or b"").decode("utf-8", "replace")


def mentions(
    connection: Connection[Any], company_id: UUID, contact_id: UUID, addresses: Collection[str]
) -> list[Mention]:
    """Return the deliveries that speak of a contact, in order of arrival.

    `addresses` are all e-mail keys and E.164 numbers that the contact ever had.
    """
    wanted = {"company_id": company_id, "contact_id": contact_id, "addresses": list(addresses)}
    with connection.cursor(row_factory=args_row(Mention)) as cursor:
        found = cursor.execute(MENTIONING, wanted).fetchall()
    return [one for one in found if one.attributed or named(one.text, addresses)]
