"""Webhooks come late, twice and in any order; what is known in the end does not depend on it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scale import FULL
from tests.unit.deliveries import Delivery, World
from tests.unit.stories import STORIES

EXAMPLES = 3_000 if FULL else 60

pytestmark = pytest.mark.scaled


def told(deliveries: list[Delivery]) -> World:
    world = World()
    for delivery in deliveries:
        world.hear(delivery)
    return world


@st.composite
def retold(draw: st.DrawFn, story: list[Delivery]) -> list[Delivery]:
    """All of a story at least once, in any order."""
    again = draw(st.lists(st.sampled_from(story), max_size=len(story)))
    return draw(st.permutations(story + again))


@pytest.mark.parametrize("name", STORIES)
def test_each_story_ends_as_if_it_had_come_in_order(name: str) -> None:
    story = STORIES[name]
    expected = told(story).shown()

    @settings(max_examples=EXAMPLES, deadline=None)
    @given(retold(story))
    def ends_alike(deliveries: list[Delivery]) -> None:
        assert told(deliveries).shown() == expected

    ends_alike()


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(STORIES)), min_size=2, max_size=3, unique=True).flatmap(
        lambda names: st.tuples(
            st.just(names), retold([one for name in names for one in STORIES[name]])
        )
    )
)
def test_several_stories_of_one_person_do_not_disturb_each_other(
    told_anyhow: tuple[list[str], list[Delivery]],
) -> None:
    names, deliveries = told_anyhow
    expected = told([one for name in names for one in STORIES[name]]).shown()
    assert told(deliveries).shown() == expected
