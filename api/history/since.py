"""Tells a caller whose change was based on an old version what has happened since."""

from uuid import UUID

from api.history import replay
from api.history.words import touched
from api.problems import MissedChange, VersionConflict
from domain.eventlog.log import LoggedEvent
from domain.ports import Connection

AT_MOST = 100
"""Changes that are told; of more, the last ones."""


def conflict(
    connection: Connection, company_id: UUID, contact_id: UUID, seen: frozenset[int]
) -> VersionConflict:
    """Name the contact's version, and its changes after the last version that the caller saw."""
    stream = replay.stream_of(connection, company_id, contact_id)
    last_seen = max((version for version in seen if version <= len(stream)), default=len(stream))
    missed = stream[max(last_seen, len(stream) - AT_MOST) :]
    return VersionConflict(len(stream), [missed_change(logged) for logged in missed])


def missed_change(logged: LoggedEvent) -> MissedChange:
    """Tell of one event what it was and which fields it is about."""
    fields = touched(replay.recorded_of(logged).event)
    return MissedChange(logged.originator_version, logged.topic, fields)
