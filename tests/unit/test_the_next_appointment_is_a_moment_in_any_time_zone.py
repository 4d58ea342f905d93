"""The next appointment is found among moments, not among what clocks on walls show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from api.contacts.rendering import instant, next_start

CLOCKS_GO_BACK = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
SUMMER, WINTER = timezone(timedelta(hours=2)), timezone(timedelta(hours=1))

OFFSETS = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(hours=quarters / 4)))
MINUTES = st.integers(-180, 180).map(lambda minutes: CLOCKS_GO_BACK + timedelta(minutes=minutes))
MOMENTS = st.builds(datetime.astimezone, MINUTES, OFFSETS)


@dataclass(frozen=True)
class Place:
    """What of an appointment's row matters here."""

    start_at: datetime
    is_cancelled: bool = False


@given(st.lists(st.builds(Place, MOMENTS, st.booleans())), MOMENTS)
def test_it_is_the_first_that_is_to_come_and_not_cancelled(
    places: Sequence[Place], now: datetime
) -> None:
    minutes = [
        (place.start_at - now) // timedelta(minutes=1) for place in places if not place.is_cancelled
    ]
    to_come = [minute for minute in minutes if minute > 0]
    expected = instant(now + timedelta(minutes=min(to_come))) if to_come else None
    assert next_start(places, now) == expected


@given(st.lists(st.builds(Place, MOMENTS)), MOMENTS, OFFSETS)
def test_it_is_the_same_for_whoever_asks_wherever_they_are(
    places: Sequence[Place], now: datetime, elsewhere: timezone
) -> None:
    moved = [Place(place.start_at.astimezone(elsewhere)) for place in places]
    assert next_start(moved, now.astimezone(elsewhere)) == next_start(places, now)


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    first, second = (datetime(2026, 10, 25, 2, 30, tzinfo=zone) for zone in (SUMMER, WINTER))
    places = [Place(second), Place(first)]
    assert next_start(places, first - timedelta(minutes=1)) == "2026-10-25T00:30:00.000Z"
    assert next_start(places, first) == "2026-10-25T01:30:00.000Z"
    assert next_start(places, second) is None
