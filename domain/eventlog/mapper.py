"""Turns events into stored bytes and back; nobody else knows the shape of `state`."""

import os
from threading import Lock
from uuid import UUID

from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent
from pydantic_core import from_json

from domain.eventlog.log import LoggedEvent
from domain.eventlog.upcasters import upcast
from domain.kernel import Event, Pending, Recorded, Redacted

NONCE_BYTES = 16
"""Random bytes in each state, so that a kept digest cannot be guessed back into erased data."""


NONCES = 256
"""How many are asked for at once."""


class UnknownEvent(Exception):
    """The log holds an event that only another version of this code can read."""


class Nonces:
    """Random numbers of NONCE_BYTES, asked of the system in large pieces.

    Each call of the system lets other threads run, and the writer would wait for its turn again.
    """

    def __init__(self) -> None:
        """Start without any."""
        self._left: list[str] = []
        self._lock = Lock()

    def next(self) -> str:
        """Return one that was never returned before, as hexadecimal digits."""
        with self._lock:
            if not self._left:
                digits = os.urandom(NONCES * NONCE_BYTES).hex()
                step = 2 * NONCE_BYTES
                self._left = [digits[at : at + step] for at in range(0, len(digits), step)]
            return self._left.pop()


class ContactMapper(Mapper[UUID]):
    """The library's port between events and rows, for pydantic events.

    A state is UTF-8 JSON `{"schema": …, "nonce": "<32 hex digits>", "data": {…}}`, where `data`
    holds the fields that were set.
    """

    def __init__(self) -> None:
        """Take the place of the library's mapper; its transcoder is not used."""
        super().__init__(JSONTranscoder())
        self._nonces = Nonces()

    def to_stored_event(self, domain_event: Pending) -> StoredEvent:  # type: ignore[override]
        """Encode an event that is about to be appended."""
        event = domain_event.event
        data = event.__pydantic_serializer__.to_json(event, exclude_unset=True)
        nonce = self._nonces.next()
        state = b'{"schema":%d,"nonce":"%s","data":%s}' % (event.SCHEMA, nonce.encode(), data)
        return StoredEvent(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=event.TOPIC,
            state=state,
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Recorded:
        """Decode an event of the log; one whose data was erased comes back as Redacted."""
        if not isinstance(stored_event, LoggedEvent):
            msg = "events are read from the log together with their positions"
            raise TypeError(msg)
        return Recorded(
            UUID(str(stored_event.originator_id)),
            stored_event.originator_version,
            decode(stored_event.topic, stored_event.state),
            stored_event.position,
            stored_event.recorded_at,
        )


def decode(topic: str, state: bytes | None) -> Event:
    """Return the event that is stored under `topic` as `state`."""
    if state is None:
        return Redacted(topic=topic)
    stored = from_json(state)
    schema = stored["schema"]
    kind = Event.topics.get(topic)
    if kind is None or schema > kind.SCHEMA:
        raise UnknownEvent(f"{topic} in schema {schema} is newer than this code")
    try:
        data = upcast(topic, stored["data"], stored=schema, current=kind.SCHEMA)
    except KeyError as missing:
        raise UnknownEvent(f"no upcaster leads from {topic} in schema {schema}") from missing
    return kind.model_validate(data)
