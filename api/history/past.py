"""A contact as it was, and what differs between two times."""

from datetime import datetime
from typing import Any
from uuid import UUID

from api.contacts import rendering
from api.history import differences, replay
from api.history.instants import Point, exact
from api.problems import ContactNotCreatedYet, FieldError, not_shown
from domain import errors
from domain.ports import Connection
from projections.inline import APPOINTMENTS, CONTACTS, SUBMISSIONS, ContactRows

Json = dict[str, Any]


def details_at(
    connection: Connection, company_id: UUID, contact_id: UUID, point: Point
) -> tuple[Json, int]:
    """Return everything about a contact as it was then, and its version.

    Raises ContactNotCreatedYet before there was the contact, ContactDeleted while it was hidden,
    and ContactErased for one that is erased by now, whenever that was.
    """
    [rows] = replay.rows_at(connection, company_id, contact_id, point.position)
    row = rows.of(CONTACTS).get(())
    if row is None:
        raise ContactNotCreatedYet
    if row.status != "live":
        raise not_shown(row.status)
    return {**details(rows, point.time), "asOf": shown(point)}, row.version


def details(rows: ContactRows, now: datetime) -> Json:
    """Render the rows of a contact as the API answers them; `now` is when it is looked at."""
    places, forms = rows.of(APPOINTMENTS).values(), rows.of(SUBMISSIONS).values()
    item = rendering.contact(rows.of(CONTACTS)[()], rows.contact_id)
    return rendering.details(item, places, forms, now)


def diff(
    connection: Connection, company_id: UUID, contact_id: UUID, start: Point, end: Point
) -> Json:
    """Compare a contact at two times. Before it was made it is nothing."""
    if start.position > end.position:
        raise FieldError("from", "must not be later than to")
    ends = (start.position, end.position)
    before, after = replay.rows_at(connection, company_id, contact_id, *ends)
    if not after.of(CONTACTS):
        raise ContactNotCreatedYet
    return {
        "contactId": contact_id,
        "from": shown(start),
        "to": shown(end),
        "changes": differences.between(before, after),
    }


def readable(connection: Connection, company_id: UUID, contact_id: UUID) -> replay.Stream:
    """Read the events of a contact that is not erased."""
    stream = replay.stream_of(connection, company_id, contact_id)
    if replay.is_erased(stream):
        raise errors.ContactErased
    return stream


def shown(point: Point) -> Json:
    """Say which position a time turned out to be."""
    return {"position": point.position, "time": exact(point.time)}
