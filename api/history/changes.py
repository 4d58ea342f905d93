"""Lists who was changed in a company between two times, however many there are."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from api.history.instants import Point, exact
from api.history.printing import who
from api.history.telling import signature
from api.history.unreadable import dated, decoded
from api.history.words import touched
from api.keys import keyring
from domain.eventlog.log import LoggedEvent
from domain.ports import Connection

BETWEEN = """
    SELECT contact_id, version, topic, state, position, recorded_at, actor, source, request_id
    FROM log.event WHERE company_id = %s AND position > %s AND position <= %s ORDER BY position
"""
ROWS_A_TRIP = 1_000


class Changed(NamedTuple):
    """One line: who was changed, when, by whom, and in what."""

    contact_id: UUID
    position: int
    recorded_at: str
    actor: str
    who: str
    source: str
    kind: str
    fields: list[str]


def changes(
    connection: Connection, company_id: UUID, start: Point | None, end: Point
) -> Iterator[Changed]:
    """Yield a line for each event behind `start`, or from the first one on, in order."""
    after = 0 if start is None else start.position
    names = {str(key_id): name for key_id, name, *_ in keyring.of_company(connection, company_id)}
    with (
        dated(connection, company_id),
        connection.transaction(),
        connection.cursor("changes", row_factory=args_row(LoggedEvent)) as cursor,
    ):
        cursor.itersize = ROWS_A_TRIP
        for logged in cursor.execute(BETWEEN, (company_id, after, end.position)):
            yield line(logged, names)


def line(logged: LoggedEvent, names: Mapping[str, str]) -> Changed:
    """Tell an event in one line; `names` are those of the keys."""
    return Changed(
        UUID(str(logged.originator_id)),
        logged.position,
        exact(logged.recorded_at),
        logged.actor,
        who(signature(logged.actor, names)),
        logged.source,
        logged.topic,
        touched(decoded(logged.topic, logged.state, logged.position)),
    )
