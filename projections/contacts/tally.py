"""Counts contacts by tag and owner as they change, so that totals need no counting."""

from collections import Counter
from collections.abc import Iterable
from itertools import product
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Connection
from pydantic_core import to_json

from projections.contacts.projector import ContactRow

ANY_TAG = ""
"""Counts a contact whatever its tags; no tag is empty."""

ANY_OWNER = ""
"""Counts a contact whoever its owner; an owner is counted under its id as text."""

Counted = frozenset[tuple[str, str]]
"""The counters in which a contact is."""

ADD = (
    "INSERT INTO {}.contact_count AS n (company_id, tag, account_owner_id, contacts) "
    "SELECT company_id, tag, account_owner_id, contacts FROM jsonb_to_recordset(%s) "
    "AS r(company_id uuid, tag text, account_owner_id text, contacts bigint) "
    "ON CONFLICT (company_id, tag, account_owner_id) "
    "DO UPDATE SET contacts = n.contacts + excluded.contacts"
)

NOWHERE: Counted = frozenset()


def counted(row: ContactRow | None) -> Counted:
    """Return the counters in which a contact is: each of its tags and any, its owner and any."""
    if row is None or row.status != "live":
        return NOWHERE
    owner = row.account_owner_id
    owners = (ANY_OWNER,) if owner is None else (ANY_OWNER, str(owner))
    return frozenset(product((ANY_TAG, *row.tags), owners))


def add(
    connection: Connection[Any],
    moves: Iterable[tuple[UUID, Counted, Counted]],
    schema: LiteralString = "read",
) -> None:
    """Send the difference that contacts make which were there, and are here now, by company."""
    difference: Counter[tuple[UUID, str, str]] = Counter()
    for (company_id, before, after), contacts in Counter(moves).items():
        for tag, owner_id in after - before:
            difference[company_id, tag, owner_id] += contacts
        for tag, owner_id in before - after:
            difference[company_id, tag, owner_id] -= contacts
    # in one order, so that two writers never wait for each other in a circle
    rows = [
        {"company_id": company_id, "tag": tag, "account_owner_id": owner_id, "contacts": number}
        for (company_id, tag, owner_id), number in sorted(difference.items())
        if number
    ]
    if rows:
        connection.execute(ADD.format(schema), (to_json(rows).decode(),))
