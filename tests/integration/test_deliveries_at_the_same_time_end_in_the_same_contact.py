"""Webhooks of one person, in any order, twice, and at the same time, on a real database."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api.intake.desk import IntakeDesk
from tests.intake_payloads import raw
from tests.integration.intake import added, at_the_desk, deliveries
from tests.integration.writing import Books
from tests.scale import FULL
from tests.unit.deliveries import OF_RECORDING, Delivery
from tests.unit.stories import STORIES

EXAMPLES = 400 if FULL else 8
MADE_UP = {"company_id", "contact_id"}

pytestmark = pytest.mark.scaled


def told(url: str, books: Books, deliveries_: list[Delivery], at_once: int) -> None:
    """Send them in this order, several of them at the same time, one process after another."""
    senders = {kind: added(url, books, kind) for kind, _ in deliveries_}

    async def work(desk: IntakeDesk) -> None:
        for first in range(0, len(deliveries_), at_once):
            part = deliveries_[first : first + at_once]
            await asyncio.gather(
                *(desk.receive(senders[kind], raw(payload)) for kind, payload in part)
            )

    at_the_desk(url, work)


def shown(books: Books) -> list[Any]:
    """All rows, without ids that we made and times of recording."""
    people = {row["contact_id"]: row["email"] for row in books.rows("contact")}
    contacts = [
        {name: sorted(value) if name == "tags" else value for name, value in row.items()}
        | dict.fromkeys(MADE_UP | OF_RECORDING)
        for row in books.rows("contact")
    ]
    places = [
        row
        | dict.fromkeys(MADE_UP)
        | {"person": people[row["contact_id"]]}
        | ({"attendee_id": None} if row["source"] == "calcom" else {})
        for row in books.rows("appointment")
    ]
    return [sorted(contacts, key=str), sorted(places, key=str)]


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_they_end_as_if_they_had_come_in_order(
    shared_url: str, books: Books, data: st.DataObject
) -> None:
    names = data.draw(
        st.lists(st.sampled_from(sorted(STORIES)), min_size=1, max_size=2, unique=True)
    )
    story = [delivery for name in names for delivery in STORIES[name]]
    again = data.draw(st.lists(st.sampled_from(story), max_size=4))
    in_order, anyhow = books.another(), books.another()
    told(shared_url, in_order, story, 1)
    told(
        shared_url, anyhow, data.draw(st.permutations(story + again)), data.draw(st.integers(1, 5))
    )
    assert shown(anyhow) == shown(in_order)
    assert {one["state"] for one in deliveries(anyhow)} == {"done"}
