"""What only the database can tell, measured now and then; its age tells when that has stopped."""

import asyncio
import logging
import time
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from api.metrics.snapshot import Family, Kind, Values
from domain.errors import anonymous

EVERY_SECONDS = 15.0

MEASURE = """
    SELECT (SELECT count(*) FROM log.company_log) AS companies,
        (SELECT coalesce(sum(position), 0) FROM log.company_log) AS events,
        pg_database_size(current_database()) AS size
"""
DELIVERIES = (
    "SELECT state, count(*) AS deliveries FROM edge.delivery "
    "WHERE state IN ('received', 'waiting') GROUP BY state"
)
"""Those that are not done, and may be one day; an index has them."""

logger = logging.getLogger(__name__)


class Measuring:
    """Keeps the last measurement, and when it was made."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        """Ask through `pool`."""
        self._pool = pool
        self._families: dict[str, Family] = {}
        self._measured_at = time.monotonic()

    def families(self) -> dict[str, Family]:
        """Return what was measured last, and how many seconds ago that was.

        While nothing was measured yet it is the time since the start.
        """
        age = time.monotonic() - self._measured_at
        about = "Seconds since the figures of the database were measured."
        return {**self._families, "contacts_database_age_seconds": family(about, [((), [age])])}

    async def measure_for_ever(self) -> None:
        """Measure again and again; a failure shows in the age."""
        while True:
            try:
                await self.measure()
            except (psycopg.Error, PoolTimeout) as failure:
                logger.warning("the database was not measured: %s", anonymous(failure))
            await asyncio.sleep(EVERY_SECONDS)

    async def measure(self) -> None:
        """Do so once."""
        async with self._pool.connection() as connection:
            [found] = await (await connection.execute(MEASURE)).fetchall()
            kept = await (await connection.execute(DELIVERIES)).fetchall()
        states = {"received": 0.0, "waiting": 0.0} | {
            row.state: float(row.deliveries) for row in kept
        }
        open_ones: Values = [((state,), [count]) for state, count in states.items()]
        self._families = {
            "contacts_companies": family("Companies.", [((), [float(found.companies)])]),
            "contacts_log_events": family("Events in all logs.", [((), [float(found.events)])]),
            "contacts_database_bytes": family(
                "Size of the database on disk.", [((), [float(found.size)])]
            ),
            "contacts_intake_deliveries": family(
                "Deliveries that are not done, by state.", open_ones, "state"
            ),
        }
        self._measured_at = time.monotonic()


def family(about: str, values: Values, *labels: str) -> Family:
    """Describe what is so for the whole database, whichever process tells it."""
    return Family(Kind.NOW, about, labels, values=values)
