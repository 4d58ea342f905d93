"""How events rest: what is stored today must still be read by the code of any later day."""

import json
from collections.abc import Callable, Iterator

import pytest
from pydantic import ValidationError

from domain.contact import events
from domain.contact.events import Created, Deleted, Updated
from domain.eventlog import upcasters
from domain.eventlog.log import LoggedEvent
from domain.eventlog.mapper import ContactMapper, UnknownEvent, decode
from domain.kernel import Event, Pending, Redacted
from tests.unit.given_when_then import ANNA, stored
from tests.unit.golden_events import GOLDEN
from tests.unit.histories import NINE

MAPPER = ContactMapper()


def state_of(event: Event) -> bytes:
    return MAPPER.to_stored_event(Pending(ANNA, 1, event)).state


@pytest.mark.parametrize(("topic", "state", "event"), GOLDEN, ids=[topic for topic, _, _ in GOLDEN])
def test_an_event_stored_long_ago_is_still_read(topic: str, state: str, event: Event) -> None:
    assert stored(decode(topic, state.encode())) == stored(event)


@pytest.mark.parametrize(("topic", "state", "event"), GOLDEN, ids=[topic for topic, _, _ in GOLDEN])
def test_an_event_is_stored_in_the_golden_shape(topic: str, state: str, event: Event) -> None:
    written, golden = json.loads(state_of(event)), json.loads(state)
    assert topic == event.TOPIC
    assert written.keys() == golden.keys()
    assert written["schema"] >= golden["schema"]
    if written["schema"] == golden["schema"]:
        assert written["data"] == golden["data"]


def test_every_event_in_its_present_schema_has_a_golden_state() -> None:
    golden = {(topic, json.loads(state)["schema"]) for topic, state, _ in GOLDEN}
    present = {
        (event.TOPIC, event.SCHEMA)
        for event in Event.topics.values()
        if event.__module__ == events.__name__
    }
    assert present - golden == set()


def test_only_what_was_set_is_stored() -> None:
    assert json.loads(state_of(Updated(email=None)))["data"] == {"email": None}


def test_two_equal_events_have_different_states() -> None:
    event = Created(email="a@x.test", source="api")
    first, second = json.loads(state_of(event)), json.loads(state_of(event))
    assert first["nonce"] != second["nonce"]
    assert len(bytes.fromhex(first["nonce"])) == 16
    assert state_of(event) != state_of(event)


def test_an_event_keeps_its_place() -> None:
    pending = MAPPER.to_stored_event(Pending(ANNA, 3, Deleted()))
    logged = LoggedEvent(ANNA, 3, pending.topic, pending.state, 17, NINE, "key", "api", "request")
    recorded = MAPPER.to_domain_event(logged)
    assert (recorded.originator_id, recorded.originator_version) == (ANNA, 3)
    assert (recorded.position, recorded.recorded_at, recorded.event) == (17, NINE, Deleted())


def test_an_event_whose_data_was_erased_says_only_what_it_was() -> None:
    assert decode("contact.created", None) == Redacted(topic="contact.created")
    assert decode("contact.whatever", None) == Redacted(topic="contact.whatever")


def test_an_event_that_this_code_does_not_know_is_named() -> None:
    with pytest.raises(UnknownEvent, match=r"contact\.promoted"):
        decode("contact.promoted", b'{"schema":1,"nonce":"","data":{}}')


def test_a_field_that_this_code_does_not_know_is_not_silently_dropped() -> None:
    with pytest.raises(ValidationError, match="surprise"):
        decode("contact.tagged", b'{"schema":1,"nonce":"","data":{"tags":[],"surprise":1}}')


# -- upcasters -----------------------------------------------------------------------------------


@pytest.fixture
def greeted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Event]]:
    """An event in its third shape: first `who`, then `name`, now `names`."""
    topics = dict(Event.topics)

    class Greeted(Event):
        TOPIC = "contact.greeted"
        SCHEMA = 3
        names: tuple[str, ...]
        loud: bool

    known = {
        ("contact.greeted", 1): lambda data: {"name": data["who"], "loud": False},
        ("contact.greeted", 2): lambda data: {**without(data, "name"), "names": [data["name"]]},
    }
    for key, upcaster in known.items():
        monkeypatch.setitem(upcasters.UPCASTERS, key, upcaster)
    yield Greeted
    Event.topics.clear()
    Event.topics.update(topics)


def without(data: upcasters.Data, name: str) -> upcasters.Data:
    return {key: value for key, value in data.items() if key != name}


@pytest.mark.parametrize(
    "state",
    [
        b'{"schema":1,"nonce":"","data":{"who":"Anna"}}',
        b'{"schema":2,"nonce":"","data":{"name":"Anna","loud":false}}',
        b'{"schema":3,"nonce":"","data":{"names":["Anna"],"loud":false}}',
    ],
)
def test_an_older_shape_is_raised_step_by_step(greeted: Callable[..., Event], state: bytes) -> None:
    assert decode("contact.greeted", state) == greeted(names=("Anna",), loud=False)


def test_an_event_is_stored_in_the_newest_shape(greeted: Callable[..., Event]) -> None:
    written = json.loads(state_of(greeted(names=("Anna",), loud=True)))
    assert (written["schema"], written["data"]) == (3, {"names": ["Anna"], "loud": True})


@pytest.mark.usefixtures("greeted")
def test_a_shape_newer_than_this_code_is_refused_and_named() -> None:
    with pytest.raises(UnknownEvent, match=r"contact\.greeted.*schema 4"):
        decode("contact.greeted", b'{"schema":4,"nonce":"","data":{"names":[],"loud":true}}')


@pytest.mark.usefixtures("greeted")
def test_a_shape_that_no_upcaster_leads_from_is_refused_and_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(upcasters.UPCASTERS, ("contact.greeted", 2))
    with pytest.raises(UnknownEvent, match=r"contact\.greeted.*schema 1"):
        decode("contact.greeted", b'{"schema":1,"nonce":"","data":{"who":"Anna"}}')


def test_a_topic_can_be_taken_only_once() -> None:
    with pytest.raises(TypeError, match=r"contact\.deleted"):

        class Again(Event):
            TOPIC = "contact.deleted"
