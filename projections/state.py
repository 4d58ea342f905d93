"""Measures the read model against the log: which code built it, and whether rows are missing."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from projections.inline import VIEWS, fingerprint
from projections.rebuild.claiming import running
from projections.schema import LIVE, NEXT, PREVIOUS, built_by

MODEL = f"SELECT fingerprint, versions, built_at FROM {LIVE}.model"

# A contact's row has the version of its last event, so the sum of a company's versions is the
# number of events that its rows show; the log's last position is the number of events there are.
COMPANIES = f"""
    SELECT head.company_id, head.position, coalesce(sum(contact.version), 0)::bigint
    FROM log.company_log AS head LEFT JOIN {LIVE}.contact AS contact USING (company_id)
    GROUP BY head.company_id ORDER BY head.position - coalesce(sum(contact.version), 0) DESC,
        head.position DESC, head.company_id
"""
SIZES = """
    SELECT relname, pg_total_relation_size(oid), greatest(reltuples, 0)::bigint FROM pg_class
    WHERE relnamespace = to_regnamespace(%s) AND relkind = 'r' ORDER BY relname
"""


@dataclass
class Company:
    """How far a company's rows are; `position` of `head` events are shown."""

    company_id: UUID
    head: int
    position: int


@dataclass
class Projection:
    """A view as it is served, and as this code would make it; about how large it is."""

    name: str
    version: int | None
    version_of_code: int
    rows: int = 0
    """As the planner estimates."""

    size: int = 0
    """Bytes, with indexes."""


@dataclass
class State:
    """The read model at one moment."""

    measured_at: datetime
    fingerprint: str
    fingerprint_of_code: str
    built_at: datetime
    projections: list[Projection]
    companies: list[Company] = field(default_factory=list)
    rebuilding: str | None = None
    """Who is rebuilding now."""

    leftover: bool = False
    """Whether an interrupted rebuild has left tables, which the next one removes."""

    previous: bool = False
    """Whether there is a read model to go back to."""

    @property
    def behind(self) -> list[Company]:
        """The companies of which rows do not show all events."""
        return [company for company in self.companies if company.position != company.head]

    @property
    def healthy(self) -> bool:
        """Tell whether this code built it and nothing is missing."""
        return self.fingerprint == self.fingerprint_of_code and not self.behind


def measure(connection: Connection[Any]) -> State:
    """Look at the read model; takes as long as adding up one number of each contact."""
    [[now]] = connection.execute("SELECT clock_timestamp()").fetchall()
    [[found, versions, built_at]] = connection.execute(MODEL).fetchall()
    sizes = {name: (rows, size) for name, size, rows in connection.execute(SIZES, (LIVE,))}
    busy = running(connection)
    return State(
        measured_at=now,
        fingerprint=found,
        fingerprint_of_code=fingerprint(),
        built_at=built_at,
        projections=[
            Projection(
                view.name, versions.get(view.name), view.version, *sizes.get(view.name, (0, 0))
            )
            for view in VIEWS
        ],
        companies=[Company(*row) for row in connection.execute(COMPANIES)],
        rebuilding=busy,
        leftover=busy is None and built_by(connection, NEXT) is not None,
        previous=built_by(connection, PREVIOUS) is not None,
    )
