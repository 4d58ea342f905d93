"""The limit on how often a key calls: nobody gets more than the rate, and waiting always helps."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.keys.limits import Limiter, Rate, rate

ANNA, BORIS = UUID(int=1), UUID(int=2)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        """Start somewhere."""
        self.now = 1000.0

    def __call__(self) -> float:
        """Read it."""
        return self.now


def passed(limiter: Limiter, key_id: UUID = ANNA) -> bool:
    return limiter.take(key_id).next_in == 0


def limited(calls: int, seconds: int, burst: int | None = None) -> tuple[Limiter, Clock]:
    clock = Clock()
    return Limiter(Rate(calls, seconds), burst, clock), clock


def test_a_burst_passes_and_the_next_call_does_not() -> None:
    limiter, clock = limited(100, 60, 3)
    assert [passed(limiter) for _ in range(4)] == [True, True, True, False]
    clock.now += 0.6
    assert [passed(limiter) for _ in range(2)] == [True, False]


def test_without_a_burst_as_many_pass_as_the_rate_has() -> None:
    limiter, _ = limited(5, 60)
    assert [passed(limiter) for _ in range(6)] == [True] * 5 + [False]


def test_who_has_not_called_for_long_has_no_more_than_a_burst() -> None:
    limiter, clock = limited(100, 60, 2)
    assert passed(limiter)
    clock.now += 3600
    assert [passed(limiter) for _ in range(3)] == [True, True, False]


def test_a_key_does_not_take_from_another() -> None:
    limiter, _ = limited(1, 60)
    assert passed(limiter, ANNA)
    assert not passed(limiter, ANNA)
    assert passed(limiter, BORIS)


def test_a_caller_is_told_what_is_left_and_when_to_come_back() -> None:
    limiter, clock = limited(60, 60, 2)
    first, _, refused = (limiter.take(ANNA) for _ in range(3))
    assert (first.left, first.full_in, first.next_in) == (1, 1, 0)
    assert (refused.left, refused.full_in, refused.next_in) == (0, 2, 1)
    assert limiter.headers(refused) == [
        (b"ratelimit-policy", b'"key";q=2;w=2'),
        (b"ratelimit", b'"key";r=0;t=2'),
    ]
    clock.now += refused.next_in
    assert passed(limiter)


@given(
    st.integers(1, 50),
    st.integers(1, 100),
    st.integers(1, 20),
    st.lists(st.floats(0, 5), max_size=200),
)
def test_nobody_gets_more_than_burst_and_rate(
    calls: int, seconds: int, burst: int, pauses: list[float]
) -> None:
    limiter, clock = limited(calls, seconds, burst)
    began, through = clock.now, 0
    for pause in pauses:
        clock.now += pause
        through += passed(limiter)
        assert through <= burst + (clock.now - began) * calls / seconds + 1e-6


@given(st.integers(1, 50), st.integers(1, 100), st.integers(1, 20))
def test_who_waits_as_long_as_told_may_call(calls: int, seconds: int, burst: int) -> None:
    limiter, clock = limited(calls, seconds, burst)
    while (standing := limiter.take(ANNA)).next_in == 0:
        pass
    clock.now += standing.next_in
    assert passed(limiter)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("100/minute", Rate(100, 60)), (" 5/second ", Rate(5, 1)), ("1/day", Rate(1, 86_400))],
)
def test_a_rate_is_written_as_calls_in_a_time(given: str, expected: Rate) -> None:
    assert rate(given) == expected


@pytest.mark.parametrize("given", ["", "100", "0/minute", "-1/minute", "1.5/second", "9/week"])
def test_what_is_no_rate_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="100/minute"):
        rate(given)
