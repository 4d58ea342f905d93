"""The eventsourcing library's own ProjectionRunner, making the same rows of the same events.

What is ours: events, mapper, folds and the statements that write rows. It is spared reading rows:
folded contacts stay in memory. What is the library's: it takes event by event, and writes rows and
position of each in a transaction of its own.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import psycopg
from eventsourcing.application import Application
from eventsourcing.persistence import StoredEvent, Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.conninfo import conninfo_to_dict

from domain.eventlog.mapper import ContactMapper, decode
from domain.kernel import Recorded
from projections.inline import ContactRows, Inline

RECORDED_AT = datetime(2026, 1, 1, tzinfo=UTC)  # the library keeps no time outside the state
COMPANY = UUID(int=1)

COPY_EVENTS = """
    TRUNCATE contacts_events RESTART IDENTITY;
    INSERT INTO contacts_events (originator_id, originator_version, topic, state)
        SELECT contact_id, version, topic, state FROM log.event ORDER BY company_id, position
"""


class LibraryMapper(ContactMapper):
    """Reads events that have no place but the one that the library gave them."""

    def to_domain_event(self, stored_event: StoredEvent) -> Recorded:
        """Decode an event."""
        return Recorded(
            UUID(str(stored_event.originator_id)),
            stored_event.originator_version,
            decode(stored_event.topic, stored_event.state),
            0,
            RECORDED_AT,
        )


class Contacts(Application[UUID]):
    """The library's application, on PostgreSQL."""

    def construct_mapper(self) -> LibraryMapper:
        """Read the events of the service."""
        return LibraryMapper()


class Rows(PostgresTrackingRecorder):
    """The read model, with the position that it stands at."""

    def write(self, rows: ContactRows, tracking: Tracking) -> None:
        """Write what an event changed, and its position."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            Inline().write(cast("psycopg.Connection[Any]", cursor), [rows])


class ReadModel(Projection[Rows]):
    """Folds event by event."""

    name = "readmodel"

    def __init__(self, view: Rows) -> None:
        """Nobody is known yet."""
        super().__init__(view)
        self.people: dict[UUID, ContactRows] = {}

    def process_event(self, domain_event: Recorded, tracking: Tracking) -> None:
        """Fold and write."""
        contact_id = domain_event.originator_id
        rows = self.people.setdefault(contact_id, ContactRows(COMPANY, contact_id))
        rows.fold(domain_event)
        self.view.write(rows, tracking)
        rows.settle()


def environment(database_url: str) -> Mapping[str, str]:
    """Set the library up for this database."""
    parts = conninfo_to_dict(database_url)
    names = {"DBNAME": "dbname", "HOST": "host", "PORT": "port", "USER": "user"}
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_PASSWORD": str(parts["password"]),
        **{f"POSTGRES_{name}": str(parts[key]) for name, key in names.items()},
    }


def copy_events(database_url: str) -> None:
    """Give the library the events of the log, in its own table."""
    Contacts(env=dict(environment(database_url))).close()
    with psycopg.connect(database_url) as connection:
        connection.execute(COPY_EVENTS)


def run(database_url: str, seconds: float) -> float:
    """Project for so long, from the first event on; returns the events a second."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("TRUNCATE read.contact, read.appointment, read.submission")
        connection.execute("TRUNCATE read.contact_count; DROP TABLE IF EXISTS readmodel_tracking")
    began = time.perf_counter()
    with ProjectionRunner(
        application_class=Contacts,
        projection_class=ReadModel,
        view_class=Rows,
        env=dict(environment(database_url)),
    ) as runner:
        runner.run_forever(timeout=seconds)
        done = runner.view.max_tracking_id(runner.app_name) or 0
        took = time.perf_counter() - began
    return done / took
