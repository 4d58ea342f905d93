"""What a rebuild, verification or rollback found says something of the live rows, or not."""

from datetime import UTC, datetime, timedelta

import pytest

from api.rebuilds.journal import Entry

BUILT = datetime(2026, 11, 22, tzinfo=UTC)
RIGHT = {"proved": True, "sameCode": True, "switched": False, "brokenCount": 0}
WRONG = {**RIGHT, "proved": False}


def doubts(kind: str, after: int = 1, **report: object) -> bool:
    """Tell whether such an entry speaks against a read model that was built before it."""
    return Entry(kind, BUILT + timedelta(hours=after), {**WRONG, **report}).doubts(BUILT)


@pytest.mark.parametrize("kind", ["rebuild", "rollback", "verify"])
def test_what_was_right_and_what_was_of_rows_before_these_counts_nothing(kind: str) -> None:
    assert not doubts(kind, proved=True)
    assert not doubts(kind, after=-1)


def test_what_differed_counts_unless_a_rebuild_has_switched() -> None:
    assert doubts("verify")
    assert doubts("rollback", switched=True)
    assert not doubts("rebuild", switched=True)


def test_events_that_were_left_out_count_even_after_a_switch() -> None:
    assert doubts("rebuild", switched=True, brokenCount=1)
    assert doubts("rebuild", switched=True, sameCode=False, brokenCount=1)


def test_what_other_code_cannot_digest_says_nothing_of_the_live_rows() -> None:
    assert not doubts("verify", sameCode=False, brokenCount=1)
