"""Headers in English and German, of HubSpot and Google Contacts, and those that nobody knows."""

from typing import Any

import pytest

from api.imports.cells import WrongCell, joined, tags
from api.imports.inspection import UnreadableFile
from api.imports.mapping import Columns
from api.imports.records import Record


def row(values: dict[str, Any], **chosen: str) -> dict[str, Any]:
    columns = Columns(["email", *values], chosen)
    found, _ = columns.row(Record(1, values, ""))
    return found


def test_german_headers_are_known() -> None:
    columns = [
        "Vorname",
        "Nachname",
        "E-Mail-Adresse",
        "Telefon",
        "Firma",
        "PLZ",
        "Ort",
        "Straße",
        "Land",
        "Anrede",
    ]
    found = Columns(columns, {}).shown()
    assert list(found.values()) == [
        "firstName", "lastName", "email", "phoneNumber", "employer", "address.zip",
        "address.city", "address.line1", "address.country", "title",
    ]  # fmt: skip


def test_the_export_of_hubspot_is_known() -> None:
    found = Columns(
        ["Record ID", "First Name", "Last Name", "Email", "Phone Number", "Contact owner",
         "Job Title", "Company name", "Street Address", "City", "Postal Code", "Country/Region"],
        {},
    ).shown()  # fmt: skip
    assert found["Record ID"] == "additionalData.Record ID"
    assert found["Contact owner"] == "additionalData.Contact owner"
    assert (found["Job Title"], found["Company name"]) == ("function", "employer")
    assert (found["Street Address"], found["Country/Region"]) == (
        "address.line1",
        "address.country",
    )


def test_the_export_of_google_contacts_is_known() -> None:
    found = row(
        {
            "First Name": "Anna",
            "Organization Name": "ACME",
            "Labels": "Friends ::: Köln ::: * myContacts",
            "E-mail 1 - Value": "a@example.com",
            "E-mail 2 - Value": "b@example.com",
            "Phone 1 - Value": "0151 1",
            "E-mail 1 - Label": "Work",
        }
    )
    assert found == {
        "firstName": "Anna",
        "employer": "ACME",
        "tags": ["Friends", "Köln"],
        "email": "a@example.com",
        "phoneNumber": "0151 1",
        "additionalData": {"E-mail 2 - Value": "b@example.com", "E-mail 1 - Label": "Work"},
    }


def test_of_several_columns_for_one_field_the_first_that_is_filled_wins() -> None:
    assert row({"Telefon": " ", "Mobil": "2"}) == {"phoneNumber": "2"}
    assert row({"Telefon": "1", "Mobil": "2"}) == {
        "phoneNumber": "1",
        "additionalData": {"Mobil": "2"},
    }


def test_a_whole_name_is_divided_unless_its_parts_are_there() -> None:
    assert row({"Name": "Anna Maria Müller"}) == {"firstName": "Anna Maria", "lastName": "Müller"}
    assert row({"Full name": "Dr. Anna Müller", "Vorname": "Anna"}) == {"firstName": "Anna"}
    assert row({"Vorname": "Anna", "Name": "Müller"}) == {"firstName": "Anna", "lastName": "Müller"}


@pytest.mark.parametrize(
    ("cell", "fields"),
    [
        ("Anna Müller <a@x.de>", {"email": "a@x.de", "firstName": "Anna", "lastName": "Müller"}),
        ('"Anna" < a@x.de >', {"email": "a@x.de", "firstName": "Anna", "lastName": None}),
        ("'a@x.de' <A@x.de>", {"email": "A@x.de"}),
        ("<a@x.de>", {"email": "a@x.de"}),
        ("mailto:a@x.de", {"email": "a@x.de"}),
        ("MAILTO:a@x.de?subject=Hello%20you", {"email": "a@x.de"}),
        ("Anna <mailto:a@x.de>", {"email": "a@x.de", "firstName": "Anna", "lastName": None}),
        ("a@x.de", {"email": "a@x.de"}),
        ("Anna <a@x.de> or <b@x.de>", {"email": "Anna <a@x.de> or <b@x.de>"}),
    ],
)
def test_an_address_is_found_as_mail_programs_write_it(cell: str, fields: dict[str, Any]) -> None:
    assert row({"E-Mail": cell}) == fields


def test_the_name_beside_an_address_stands_back_behind_a_column_with_names() -> None:
    found = row({"E-Mail": "Info <a@x.de>", "Name": "Anna Müller"})
    assert found == {"email": "a@x.de", "firstName": "Anna", "lastName": "Müller"}
    assert row({"E-Mail": "Info <a@x.de>", "Vorname": "Anna"})["firstName"] == "Anna"
    assert row({"E-Mail": "Info <a@x.de>", "Name": " "})["firstName"] == "Info"


def test_what_somebody_says_on_the_command_line_wins() -> None:
    assert row({"Kunde": "Anna"}, Kunde="first name") == {"firstName": "Anna"}
    assert row({"Firma": "A"}, Firma="additionalData.shop") == {"additionalData": {"shop": "A"}}


def test_a_column_or_field_that_is_not_there_is_named() -> None:
    with pytest.raises(UnreadableFile, match="no column 'Mail'; there are: email"):
        Columns(["email"], {"Mail": "email"})
    with pytest.raises(UnreadableFile, match="no field 'emial'"):
        Columns(["email"], {"email": "emial"})
    with pytest.raises(UnreadableFile, match="--map 'Column=email'; there are: a, b"):
        Columns(["a", "b"], {})


def test_only_ids_of_ours_are_ids() -> None:
    assert row({"ID": "4711"}) == {"additionalData": {"ID": "4711"}}
    assert row({"id": "01900000-0000-7000-8000-000000000000"}) == {}


def test_additional_data_must_be_an_object() -> None:
    assert row({"additionalData": '{"a":[1]}', "b": "2"}) == {
        "additionalData": {"a": [1], "b": "2"}
    }
    for damaged in ("{", "[1]", "1"):
        with pytest.raises(WrongCell):
            row({"additionalData": damaged})


def test_json_may_bring_fields_as_the_api_has_them() -> None:
    sent = {"address": {"city": "Köln"}, "tags": ["a, b"], "notes": None, "noShowCount": 3}
    assert row(sent) == {"address": {"city": "Köln"}, "tags": ["a, b"], "notes": None}


@pytest.mark.parametrize(
    "names", [[], ["a"], ["a", "b"], ["a, b"], ["a;b", "c"], ["[x]"], [" a"], ["* x"], ["a", "a"]]
)
def test_tags_are_written_such_that_they_are_read_as_the_same(names: list[str]) -> None:
    assert tags(joined(names)) == names
