"""Puts together what this process, its siblings and the database tell."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.background import meanwhile
from api.bootstrap import Service
from api.metrics.database import Measuring
from api.metrics.exposition import exposition
from api.metrics.sharing import Shared
from api.metrics.snapshot import taken


class Monitor:
    """What is asked for the figures of the whole service."""

    def __init__(self, service: Service) -> None:
        """Count what this service does."""
        self.service = service
        self.measuring = Measuring(service.pool)
        self.shared = Shared(service.settings.data_dir)

    def exposition(self) -> bytes:
        """Return the text that a monitoring system reads."""
        families = self.shared.families(taken(self.service))
        return exposition({**families, **self.measuring.families()})


@asynccontextmanager
async def monitoring(service: Service) -> AsyncIterator[Monitor]:
    """Measure as long as the service runs."""
    monitor = Monitor(service)
    async with meanwhile(
        monitor.measuring.measure_for_ever(), monitor.shared.keep_for_ever(lambda: taken(service))
    ):
        yield monitor
