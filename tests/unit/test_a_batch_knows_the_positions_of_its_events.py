"""Positions inside a batch: counted on while events are collected, and back when they are not."""

from typing import Any
from unittest.mock import sentinel

import pytest
from eventsourcing.persistence import StoredEvent

from domain.eventlog.batch import BatchLog
from domain.eventlog.log import Meta
from tests.unit.given_when_then import ANNA
from tests.unit.histories import NINE

COMPANY = ANNA


@pytest.fixture
def log() -> BatchLog:
    """A log of 5 events whose head is locked."""
    return BatchLog(COMPANY, sentinel.connection, 5, NINE)


def events(*versions: int) -> list[StoredEvent]:
    return [StoredEvent(ANNA, version, "contact.updated", b"{}") for version in versions]


def test_events_get_the_positions_behind_the_head(log: BatchLog) -> None:
    assert list(log.insert_events(events(1, 2))) == [6, 7]
    assert list(log.insert_events(events(3))) == [8]
    assert log.position == 8


def test_what_is_refused_gives_its_positions_back(log: BatchLog) -> None:
    log.insert_events(events(1, 2), meta=Meta(request_id="first"))
    mark = log.mark()
    log.insert_events(events(3, 4, 5), meta=Meta(request_id="refused"))
    log.back_to(mark)
    assert (log.position, log.last_request_id()) == (7, "first")
    assert list(log.insert_events(events(3))) == [8]


def test_what_is_sent_is_in_the_order_in_which_it_happened(log: BatchLog) -> None:
    log.insert_events(events(1, 2, 3))
    sent: list[dict[str, Any]] = list(log.take())
    assert [event["version"] for event in sent] == [1, 2, 3]
