"""The suites that the library ships for its recorders, on a company each."""

from collections.abc import Iterator, Sequence
from uuid import UUID

import pytest
from eventsourcing.persistence import AggregateRecorder, ApplicationRecorder, StoredEvent
from eventsourcing.tests import persistence as suites

from domain.eventlog.log import CompanyLog
from tests.integration.logs import Log, pooled


class OnRealDatabase:
    """Makes a company for each recorder that a suite asks for."""

    @pytest.fixture(autouse=True)
    def _database(self, database_url: str) -> Iterator[None]:
        self.url = database_url
        with pooled(database_url, size=12) as self.connect:
            yield

    def create_recorder(self) -> CompanyLog:
        return CompanyLog(Log(self.url).company_id, self.connect)


class PlainLog(CompanyLog):
    """That suite wants no positions back, and events without a place in the log."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: object) -> None:  # type: ignore[override]
        super().insert_events(stored_events)

    def select_events(self, *args: UUID | str, **kwargs: int | None) -> list[StoredEvent]:  # type: ignore[override]
        logged = super().select_events(*args, **kwargs)  # type: ignore[arg-type]
        return [
            StoredEvent(e.originator_id, e.originator_version, e.topic, e.state or b"")
            for e in logged
        ]


class TestAsApplicationRecorder(OnRealDatabase, suites.ApplicationRecorderTestCase[CompanyLog]):
    """Streams and the whole log."""


class TestAsAggregateRecorder(OnRealDatabase, suites.AggregateRecorderTestCase):
    """Streams alone."""

    def create_recorder(self) -> AggregateRecorder:  # type: ignore[override]
        return PlainLog(Log(self.url).company_id, self.connect)


class TestPositionsDoNotInterleave(OnRealDatabase, suites.NonInterleavingNotificationIDsBaseCase):
    """Two appends at once come one after the other."""


def test_nobody_is_woken_by_the_log(database_url: str) -> None:
    recorder: ApplicationRecorder = Log(database_url).recorder
    with pytest.raises(NotImplementedError, match="poll"):
        recorder.subscribe()
