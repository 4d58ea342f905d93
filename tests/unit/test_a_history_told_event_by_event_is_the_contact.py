"""What a history tells of each event: words for all of them, and changes that add up."""

from typing import Any
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from api.history import differences
from api.history.replay import Stream, folded, steps
from api.history.telling import entry
from api.history.words import touched
from domain.contact.contact import Contact
from domain.errors import DomainError
from domain.eventlog.log import LoggedEvent
from domain.eventlog.mapper import ContactMapper
from domain.kernel import Command
from projections.inline import CONTACTS, ContactRows
from tests.unit.given_when_then import ANNA
from tests.unit.histories import NINE, commands, creations

COMPANY = uuid4()
WISHES = st.tuples(creations(), st.lists(commands(), max_size=25)).map(
    lambda wishes: [wishes[0], *wishes[1]]
)


def stream(wishes: list[Command]) -> Stream:
    """The log of a contact to whom all of this was wished."""
    contact, mapper = Contact(ANNA), ContactMapper()
    logged: list[LoggedEvent] = []
    for wish in wishes:
        twin = contact.copy()
        try:
            twin.execute(wish)
        except DomainError:
            continue
        contact = twin
        for pending in contact.collect_events():
            stored = mapper.to_stored_event(pending)
            version = stored.originator_version
            where = {"position": version, "recorded_at": NINE}
            by = {"actor": "key", "source": "api", "request_id": ""}
            logged.append(LoggedEvent(ANNA, version, stored.topic, stored.state, **where, **by))  # type: ignore[arg-type]
    return logged


def replayed(told: list[dict[str, Any]]) -> dict[str, Any]:
    """The fields after all changes, each of which must begin where the one before ended."""
    fields = {name: value for name, value in differences.contact(None).items() if value is not None}
    for event in told:
        for change in event["changes"]:
            if not change["field"].startswith(("appointments.", "formSubmissions.")):
                assert fields.pop(change["field"], None) == change["old"]
                if change["new"] is not None:
                    fields[change["field"]] = change["new"]
    return fields


@settings(max_examples=50, deadline=None)
@given(WISHES)
def test_the_changes_one_after_the_other_make_the_contact(wishes: list[Command]) -> None:
    logged = stream(wishes)
    told = [entry(step) for step in steps(COMPANY, logged)]
    final = folded(COMPANY, ANNA, logged)
    shown = differences.contact(final.of(CONTACTS).get(()))
    assert replayed(told) == {name: value for name, value in shown.items() if value is not None}


@settings(max_examples=50, deadline=None)
@given(WISHES, st.integers(0, 30))
def test_a_page_tells_what_the_whole_tells(wishes: list[Command], after: int) -> None:
    logged = stream(wishes)
    whole = [entry(step) for step in steps(COMPANY, logged)]
    assert [entry(step) for step in steps(COMPANY, logged, after)] == whole[after:]


@settings(max_examples=50, deadline=None)
@given(WISHES)
def test_a_difference_over_all_is_the_sum_of_what_lies_between(wishes: list[Command]) -> None:
    logged = stream(wishes)
    whole = differences.between(ContactRows(COMPANY, ANNA), folded(COMPANY, ANNA, logged))
    told = [entry(step) for step in steps(COMPANY, logged)]
    ever = {change["field"].split(".")[0] for event in told for change in event["changes"]}
    assert {change["field"].split(".")[0] for change in whole} <= ever


@settings(max_examples=50, deadline=None)
@given(WISHES)
def test_every_event_has_words_and_those_that_change_something_a_field(
    wishes: list[Command],
) -> None:
    for step in steps(COMPANY, stream(wishes)):
        told = entry(step)
        assert told["words"].strip()
        assert told["data"] is not None
        assert not told["changes"] or touched(step.event)
