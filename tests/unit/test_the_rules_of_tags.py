"""A caller's own tags, and those that only history gives."""

import pytest

from domain import errors
from domain.contact.commands import CreateContact, UpdateContact
from domain.contact.events import Created, Details, Tagged, Untagged, Updated
from tests.unit.given_when_then import given

BORN = Created(email="a@x.test", tags=("Lead", "VIP"), source="api")


def tag(*tags: str) -> UpdateContact:
    return UpdateContact(Details(), tags)


def test_tags_replace_the_callers_own() -> None:
    given(BORN).when(tag("VIP", "New")).then(Tagged(tags=("New",)), Untagged(tags=("Lead",)))


def test_tags_that_are_not_sent_stay_and_an_empty_list_removes_all() -> None:
    given(BORN).when(UpdateContact(Details(title="Dr."))).then(Updated(title="Dr."))
    given(BORN).when(tag()).then(Untagged(tags=("Lead", "VIP")))


@pytest.mark.parametrize("tags", [("Lead", "VIP"), ("VIP", "Lead"), ("Lead", "Lead", "VIP")])
def test_the_same_tags_in_any_order_are_nothing_new(tags: tuple[str, ...]) -> None:
    given(BORN).when(tag(*tags)).then()


def test_a_tag_is_kept_once_in_the_order_in_which_it_came() -> None:
    wish = CreateContact(Details(email="a@x.test"), ("b", "a", "b"))
    given().when(wish).then(Created(email="a@x.test", tags=("b", "a"), source="api"))
    assert given(BORN, Tagged(tags=("VIP", "New"))).contact().tags == ("Lead", "VIP", "New")


def test_derived_tags_are_accepted_and_ignored() -> None:
    wish = CreateContact(Details(email="a@x.test"), ("Recurring", "Lead", "Optin"))
    given().when(wish).then(Created(email="a@x.test", tags=("Lead",), source="api"))
    given(BORN).when(tag("Lead", "VIP", "Recurring", "Optin")).then()
    only_derived = CreateContact(Details(email="a@x.test"), ("Optin",))
    given().when(only_derived).then(Created(email="a@x.test", source="api"))


def test_a_contact_has_at_most_100_tags_beside_the_derived_ones() -> None:
    hundred = tuple(f"t{number}" for number in range(100))
    given(BORN).when(tag(*hundred, "Recurring", "t0")).then(
        Tagged(tags=hundred), Untagged(tags=("Lead", "VIP"))
    )
    given(BORN).when(tag(*hundred, "one more")).refused(errors.TooManyTags)
    crowded = CreateContact(Details(email="a@x.test"), (*hundred, "one more"))
    given().when(crowded).refused(errors.TooManyTags)


def test_updating_an_existing_contact_keeps_its_tags_when_none_are_sent() -> None:
    again = CreateContact(Details(email="a@x.test"), update_existing=True)
    given(BORN).when(again).then()
    with_tags = CreateContact(Details(email="a@x.test"), ("New",), update_existing=True)
    given(BORN).when(with_tags).then(Tagged(tags=("New",)), Untagged(tags=("Lead", "VIP")))
