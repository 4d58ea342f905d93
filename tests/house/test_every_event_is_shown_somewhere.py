"""An event is handled by a projection, or is listed as unprojected with a reason."""

from domain.contact import events
from domain.kernel import Event
from projections.inline import UNPROJECTED, VIEWS


def stored() -> set[type[Event]]:
    return {event for event in Event.topics.values() if event.__module__ == events.__name__}


def handled() -> set[type[Event]]:
    return {event for view in VIEWS for event in view.handles}


def test_every_event_is_handled_by_a_projection_or_deliberately_by_none() -> None:
    assert stored()
    assert stored() - handled() - UNPROJECTED.keys() == set()


def test_what_is_listed_as_unprojected_has_a_reason_and_is_not_handled() -> None:
    assert all(reason.strip() for reason in UNPROJECTED.values())
    assert UNPROJECTED.keys() & handled() == set()


def test_every_event_class_can_be_stored() -> None:
    classes = {
        value
        for value in vars(events).values()
        if isinstance(value, type) and issubclass(value, Event)
    }
    complete = {event for event in classes if not event.__subclasses__()}
    assert complete - stored() == set()
