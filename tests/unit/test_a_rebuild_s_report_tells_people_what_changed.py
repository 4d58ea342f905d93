"""What `contacts projections rebuild` and `rollback` print."""

import pytest

from api.cli.reports import show_report
from projections.rebuild.comparing import Comparison, Difference
from projections.rebuild.reporting import Report
from projections.rebuild.switching import Switched


def printed(
    capsys: pytest.CaptureFixture[str], kind: str, loading: float, *columns: str
) -> list[str]:
    """Return the lines of a report in which no row differs."""
    comparison = Comparison({"contact": Difference(3, 0, [], list(columns))}, [])
    report = Report(not columns, 3_000, 2.0, loading, comparison, [], Switched(0.01, 1))
    show_report(kind, report)
    return capsys.readouterr().out.splitlines()


def test_columns_that_only_one_of_both_has_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    told = "Columns that only one of both has, not compared: contact.initial."
    assert told in printed(capsys, "rebuild", 1.5, "initial")
    assert not any("Columns" in line for line in printed(capsys, "rebuild", 1.5))


def test_the_way_back_claims_no_speed_for_events_that_it_did_not_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert printed(capsys, "rebuild", 1.5)[0] == "3,000 events in 2.0 s (2,000 a second)"
    assert printed(capsys, "rollback", 0.0)[0] == "Up to date with 3,000 events in 2.0 s"
