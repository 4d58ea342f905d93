"""A wish that is based on a version of a contact is granted only at that version."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from api.preconditions import versions
from api.problems import FieldError
from domain import errors
from domain.contact import commands as c
from domain.contact.contact import Contact
from domain.contact.events import Created, Deleted, Details, Erased, Restored, Updated
from domain.errors import DomainError
from domain.kernel import Command
from tests.unit.given_when_then import ANNA, given
from tests.unit.histories import commands

BORN = Created(email="a@x.test", source="api")
TITLED = Updated(title="Dr.")
RENAME = c.UpdateContact(Details(first_name="Anna"))


def provided(command: Command, *seen: int) -> c.Provided:
    return c.Provided(frozenset(seen), command)


def test_it_is_granted_at_the_version_and_at_one_of_several() -> None:
    for seen in ((2,), (1, 2, 9)):
        given(BORN, TITLED).when(provided(RENAME, *seen)).then(Updated(first_name="Anna"))


@pytest.mark.parametrize("seen", [(1,), (3,), (1, 3), ()])
def test_it_is_refused_at_every_other_version(seen: tuple[int, ...]) -> None:
    given(BORN, TITLED).when(provided(RENAME, *seen)).refused(errors.ContactMovedOn)


def test_it_is_refused_even_when_it_would_change_nothing() -> None:
    given(BORN, TITLED).when(provided(c.RestoreContact(), 1)).refused(errors.ContactMovedOn)


def test_that_a_contact_is_not_there_comes_first() -> None:
    given().when(provided(RENAME, 1)).refused(errors.ContactNotFound)
    given(BORN, Deleted()).when(provided(RENAME, 1)).refused(errors.ContactDeleted)
    given(BORN, Erased(reason="mistake")).when(provided(RENAME, 1)).refused(errors.ContactErased)


def test_a_deleted_contact_is_restored_at_its_version() -> None:
    given(BORN, Deleted()).when(provided(c.RestoreContact(), 2)).then(Restored())


def test_the_version_comes_before_the_other_rules() -> None:
    nobody = c.UpdateContact(Details(email=None))
    given(BORN, TITLED).when(provided(nobody, 1)).refused(errors.ContactMovedOn)
    given(BORN, TITLED).when(provided(nobody, 2)).refused(errors.NoAddress)


@for_all(st.lists(commands(), max_size=12), commands(), st.integers(0, 20))
def test_in_any_history_it_does_what_the_wish_alone_does_or_nothing(
    history: list[Command], wish: Command, seen: int
) -> None:
    contact = Contact(ANNA)
    for command in history:
        attempt(contact, command)
    alone, bound = contact.copy(), contact.copy()
    alone_refused, bound_refused = attempt(alone, wish), attempt(bound, provided(wish, seen))
    if contact.version == seen:
        assert bound_refused == alone_refused
        assert (bound.version, bound.fields) == (alone.version, alone.fields)
    else:
        assert bound_refused is not None
        assert (bound.version, bound.fields) == (contact.version, contact.fields)


def attempt(contact: Contact, command: Command) -> type[DomainError] | None:
    """Wish for something; return why it was refused, if it was."""
    before = contact.copy()
    try:
        before.execute(command)
    except DomainError as refusal:
        return type(refusal)
    contact.execute(command)
    return None


# -- how callers say it --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "named"),
    [
        (None, None),
        ("", None),
        ("*", None),
        ('"7"', {7}),
        ('"7", "8"', {7, 8}),
        ('"7","8" ', {7, 8}),
        ('W/"7", "8"', {8}),
        ('W/"7"', set()),
        ('"07", "+7", "0", "a", ""', set()),
        ('"12345678901"', set()),
    ],
)
def test_tags_name_versions(header: str | None, named: set[int] | None) -> None:
    assert versions(header) == named


@pytest.mark.parametrize("header", ["7", '"7', "'7'", '"7" "8"', '"7",', ',"7"', '* "7"', '"a b"'])
def test_what_is_no_tag_is_refused(header: str) -> None:
    with pytest.raises(FieldError) as refusal:
        versions(header)
    assert refusal.value.field == "If-Match"
