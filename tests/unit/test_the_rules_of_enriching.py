"""What a form's sender becomes: a new contact, or one that knows more and keeps what it had."""

from domain import errors
from domain.contact.commands import EnrichContact
from domain.contact.events import Created, Deleted, Details, Erased, Updated
from tests.unit.given_when_then import given

BORN = Created(email="anna@example.com", first_name="Anna", additional_data={"a": 1}, source="api")
KNOWN = Details(email="anna@example.com", first_name="Ann", last_name="Müller")
ENRICH = EnrichContact(KNOWN, "meetergo")


def test_who_is_not_there_is_made() -> None:
    made = Created(
        email="anna@example.com", first_name="Ann", last_name="Müller", source="meetergo"
    )
    given().when(ENRICH).then(made)


def test_only_what_is_missing_is_filled_and_only_once() -> None:
    given(BORN).when(ENRICH).then(Updated(last_name="Müller"))
    given(BORN).when(ENRICH, ENRICH).then(Updated(last_name="Müller"))


def test_answers_are_added_key_by_key() -> None:
    wish = EnrichContact(Details(additional_data={"a": 2, "b": 3}), "meetergo")
    given(BORN).when(wish).then(Updated(additional_data={"b": 3}))


def test_nobody_is_made_without_an_address() -> None:
    given().when(EnrichContact(Details(first_name="Anna"), "meetergo")).refused(errors.NoAddress)


def test_who_is_deleted_or_erased_is_not_enriched() -> None:
    given(BORN, Deleted()).when(ENRICH).refused(errors.ContactDeleted)
    given(BORN, Erased(reason="mistake")).when(ENRICH).refused(errors.ContactErased)
