"""Given a checkpoint at the untouched head, no export that differs in anything passes."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from api.audit.verifier import Fault, verify
from tests.scale import FULL
from tests.unit.forgery import (
    COMPANY,
    OTHER_COMPANY,
    Story,
    flipped,
    forged,
    made_up,
    rehashed,
    told,
)

pytestmark = pytest.mark.scaled

MUTATIONS = 10_000 if FULL else 500
SLOW = settings(max_examples=MUTATIONS, deadline=None, suppress_health_check=[HealthCheck.too_slow])

STORY = made_up(COMPANY, 100)
OTHER = made_up(OTHER_COMPANY, 100, seed=2)
CHECKPOINT = STORY.checkpoint()
LINES = STORY.lines()
SOMEBODY = STORY.rows[0].contact_id


def found(lines: Iterable[bytes]) -> bool:
    try:
        verify(lines, CHECKPOINT)
    except (Fault, ValueError):
        return True
    return False


def test_an_untouched_export_passes_with_contacts_that_were_erased() -> None:
    assert sum(row.state is None for row in STORY.rows) > 5
    chain = verify(LINES, CHECKPOINT)
    assert (chain.position, chain.hidden) == (100, 0)


def test_an_export_of_one_contact_passes_and_shows_nothing_of_the_others() -> None:
    lines = STORY.lines(SOMEBODY)
    chain = verify(lines, CHECKPOINT)
    assert chain.hidden == sum(row.contact_id != SOMEBODY for row in STORY.rows)
    others = {str(row.contact_id) for row in STORY.rows} - {str(SOMEBODY)}
    assert [one for one in others if one in b"".join(lines).decode()] == []


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 10**6))
@settings(max_examples=50, deadline=None)
def test_no_checkpoint_of_the_past_is_a_false_alarm(events: int, later: int, seed: int) -> None:
    now = made_up(COMPANY, events + later, seed)
    then = told(COMPANY, now.rows[:events])
    assert verify(now.lines(), then.checkpoint()).position == events + later


@given(forged(STORY))
@SLOW
def test_every_change_of_events_is_found(story: Story) -> None:
    assert found(story.lines())


@given(st.data())
@SLOW
def test_every_flipped_bit_of_the_file_is_found(data: Any) -> None:
    lines = data.draw(st.sampled_from((LINES, STORY.lines(SOMEBODY))))
    whole = b"".join(lines)
    damaged = flipped(whole, data.draw(st.integers(0, 8 * len(whole) - 1)))
    assert found(BytesIO(damaged))


@given(st.integers(0, len(b"".join(LINES)) - 1))
@settings(max_examples=200, deadline=None)
def test_a_file_that_was_cut_off_is_found(length: int) -> None:
    assert found(BytesIO(b"".join(LINES)[:length]))


@given(st.permutations(range(len(LINES))))
@settings(max_examples=50, deadline=None)
def test_lines_in_another_order_are_found(order: list[int]) -> None:
    assume(order != sorted(order))
    assert found([LINES[index] for index in order])


@given(st.integers(0, 99), st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_an_event_of_another_company_is_found(here: int, there: int) -> None:
    theirs = OTHER.rows[there]
    for event in (theirs, theirs._replace(company_id=COMPANY)):
        rows = [*STORY.rows[:here], event, *STORY.rows[here:]]
        assert found(told(COMPANY, rows).lines())
        rows[here + 1 :] = STORY.rows[here + 1 :]
        assert found(told(COMPANY, rows).lines())
        assert found(told(COMPANY, rehashed(rows, here)).lines())


def test_the_log_of_another_company_is_found() -> None:
    with pytest.raises(Fault, match="another company"):
        verify(OTHER.lines(), CHECKPOINT)


@pytest.mark.parametrize("more", [b"\n", b" ", LINES[-1], LINES[1]])
def test_what_follows_the_last_line_is_found(more: bytes) -> None:
    assert found([*LINES, more])


def test_an_event_that_is_hidden_in_an_export_of_everybody_is_found() -> None:
    hidden = STORY.lines(SOMEBODY)
    for index, line in enumerate(hidden[1:-1], start=1):
        if line != LINES[index]:
            assert found([*LINES[:index], line, *LINES[index + 1 :]])


def test_without_a_checkpoint_a_chain_that_was_computed_anew_is_not_found() -> None:
    """The audit page says that this cannot be proved."""
    rows = list(STORY.rows)
    rows[40] = rows[40]._replace(actor="somebody else")
    story = told(COMPANY, rehashed(rows, 40))
    verify(story.lines())
    assert found(story.lines())
