"""Meetings are counted as plain sets of places would be, and a change leaves what was before."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from projections.contacts.meetings import EMPTY, MISSED, OFF, TAKEN, Meetings, Place
from projections.contacts.projector import ContactRow
from projections.inline import CONTACTS

WORDS = [TAKEN, MISSED, OFF]
MANY = 500
COMPANY = UUID(int=1)

Saying = tuple[Place, str, bool]
"""A place, what is said of it, and whether it is so."""

SAYINGS = st.tuples(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["1", "2"])),
    st.sampled_from(WORDS),
    st.booleans(),
)


def say(meetings: Meetings, saying: Saying) -> Meetings:
    place, word, holds = saying
    return meetings.said(place, lambda seat: seat | {word} if holds else seat - {word})


def plain(sayings: list[Saying]) -> tuple[int, int]:
    """Count with sets: how many meetings there are, and how many were missed."""
    places: dict[str, set[Place]] = {word: set() for word in WORDS}
    for place, word, holds in sayings:
        (places[word].add if holds else places[word].discard)(place)
    return tuple(
        len({meeting for meeting, _ in some})
        for some in (  # type: ignore[return-value]
            places[TAKEN],
            places[MISSED] - places[OFF],
        )
    )


@given(st.lists(SAYINGS, max_size=30))
def test_the_counts_are_those_of_plain_sets(sayings: list[Saying]) -> None:
    meetings = Meetings()
    for number, saying in enumerate(sayings, start=1):
        before = (meetings, str(meetings))
        meetings = say(meetings, saying)
        assert meetings[:2] == plain(sayings[:number])
        assert str(before[0]) == before[1]


def test_what_is_sent_of_a_contact_does_not_grow_with_its_meetings() -> None:
    row = ContactRow(
        meetings=Meetings().said(("meeting", "attendee"), lambda _: frozenset({TAKEN}))
    )
    sent = CONTACTS.record(COMPANY, COMPANY, row)
    assert sent.keys() <= {"company_id", "contact_id", *CONTACTS.columns}


def test_thousands_are_found_again_wherever_they_are_kept() -> None:
    meetings = Meetings()
    places = [(f"meeting-{number}", "attendee") for number in range(MANY)]
    for place in places:
        meetings = meetings.said(place, lambda _: frozenset({TAKEN, MISSED}))
    assert meetings[:2] == (MANY, MANY)
    for place in places:
        assert meetings.seat(place) == {TAKEN, MISSED}
        meetings = meetings.said(place, lambda _: EMPTY)
    assert meetings[:2] == (0, 0)
    assert not any(meetings.buckets)
    assert max(map(len, meetings.buckets), default=0) == 0
