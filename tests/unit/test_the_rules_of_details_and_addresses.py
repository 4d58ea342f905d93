"""What may stand in a contact, and what a change of it records."""

from typing import Any

import pytest
from pydantic import JsonValue

from domain import errors
from domain.contact.commands import CreateContact, UpdateContact
from domain.contact.events import Address, Created, Details, Updated
from tests.unit.given_when_then import ANNA, given

BORN = Created(first_name="Anna", email="Anna@Example.com", source="api")
DATA = Created(email="a@x.test", additional_data={"a": 1, "b": {"x": 1, "y": 2}}, source="api")


def create(**fields: Any) -> CreateContact:
    return CreateContact(Details(**fields))


def update(**fields: Any) -> UpdateContact:
    return UpdateContact(Details(**fields))


def test_a_new_contact_keeps_what_was_sent_and_from_where_it_came() -> None:
    wish = CreateContact(Details(first_name="Anna", email="Anna@Example.com"), source="import")
    given().when(wish).then(
        Created(first_name="Anna", email="Anna@Example.com", source="import"),
    )


def test_an_address_is_kept_as_it_was_typed() -> None:
    contact = given(BORN).contact()
    assert contact.fields["email"] == "Anna@Example.com"
    assert contact.email_key == "anna@example.com"


def test_a_phone_number_alone_is_enough() -> None:
    given().when(create(phone_number="0151 1", phone_key=None)).then(
        Created(phone_number="0151 1", source="api")
    )


@pytest.mark.parametrize("fields", [{}, {"first_name": "Anna"}, {"email": None}])
def test_a_contact_without_any_address_is_refused(fields: dict[str, Any]) -> None:
    refusal = given().when(create(**fields)).refused(errors.NoAddress)
    assert refusal.fields == ("email", "phoneNumber")


def test_a_change_may_not_take_the_last_address_away() -> None:
    given(BORN).when(update(email=None)).refused(errors.NoAddress)
    given(BORN).when(update(email=None, phone_number="0151 1")).then(
        Updated(email=None, phone_number="0151 1")
    )


def test_a_change_records_only_the_fields_that_differ() -> None:
    wish = update(first_name="Anna", last_name="Müller", email="Anna@Example.com")
    given(BORN).when(wish).then(Updated(last_name="Müller"))


def test_a_change_that_changes_nothing_records_nothing() -> None:
    given(BORN).when(update(first_name="Anna", email="Anna@Example.com", notes=None)).then()
    given(BORN).when(update()).then()


def test_null_clears_a_field_and_a_field_that_is_not_sent_stays() -> None:
    given(BORN).when(update(first_name=None)).then(Updated(first_name=None))
    given(BORN).when(update(title="Dr.")).then(Updated(title="Dr."))


def test_a_postal_address_is_replaced_as_a_whole() -> None:
    cologne, bonn = Address(city="Köln", zip="50667"), Address(city="Bonn")
    given(BORN, Updated(address=cologne)).when(update(address=bonn)).then(Updated(address=bonn))
    given(BORN, Updated(address=cologne)).when(update(address=cologne)).then()


def test_creating_a_contact_that_exists_is_refused_and_names_it() -> None:
    refusal = given(BORN).when(create(email="anna@example.com")).refused(errors.EmailTaken)
    assert refusal.details == {"existingContactId": str(ANNA)}


def test_creating_a_contact_that_exists_updates_it_when_asked() -> None:
    wish = CreateContact(Details(last_name="Müller"), update_existing=True)
    given(BORN).when(wish).then(Updated(last_name="Müller"))


def test_nobody_can_be_changed_before_they_exist() -> None:
    given().when(update(first_name="Anna")).refused(errors.ContactNotFound)


# -- additional data -----------------------------------------------------------------------------


def test_additional_data_merges_and_records_only_the_keys_that_differ() -> None:
    given(DATA).when(update(additional_data={"a": 1, "c": "new"})).then(
        Updated(additional_data={"c": "new"})
    )


def test_a_null_removes_a_key_and_one_that_is_not_there_is_nothing_new() -> None:
    given(DATA).when(update(additional_data={"a": None, "z": None})).then(
        Updated(additional_data={"a": None})
    )
    assert "a" not in given(DATA, Updated(additional_data={"a": None})).contact().additional_data


def test_no_additional_data_at_all_removes_every_key() -> None:
    given(DATA).when(update(additional_data=None)).then(
        Updated(additional_data={"a": None, "b": None})
    )
    given(BORN).when(update(additional_data=None)).then()


def test_true_is_not_1() -> None:
    given(DATA).when(update(additional_data={"a": True})).then(Updated(additional_data={"a": True}))


def test_the_order_of_keys_is_no_difference() -> None:
    given(DATA).when(update(additional_data={"b": {"y": 2, "x": 1}})).then()


def test_a_null_in_new_additional_data_is_not_kept() -> None:
    given().when(create(email="a@x.test", additional_data={"a": None, "b": 0})).then(
        Created(email="a@x.test", additional_data={"b": 0}, source="api")
    )
    given().when(create(email="a@x.test", additional_data={"a": None})).then(
        Created(email="a@x.test", source="api")
    )


def test_additional_data_has_a_limit_also_when_it_grows_bit_by_bit() -> None:
    longest = "x" * (65_536 - len('{"k":""}'))
    most: dict[str, JsonValue] = {"k": longest}
    given().when(create(email="a@x.test", additional_data=most)).then(
        Created(email="a@x.test", additional_data=most, source="api")
    )
    too_much = {"k": longest + "x"}
    given().when(create(email="a@x.test", additional_data=too_much)).refused(
        errors.AdditionalDataTooLarge
    )
    full = Created(email="a@x.test", additional_data=most, source="api")
    given(full).when(update(additional_data={"z": 1})).refused(errors.AdditionalDataTooLarge)
    given(full).when(update(additional_data={"k": None, "z": 1})).then(
        Updated(additional_data={"k": None, "z": 1})
    )
