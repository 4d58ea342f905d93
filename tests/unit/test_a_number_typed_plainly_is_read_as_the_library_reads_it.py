"""The short way to a phone number may say nothing, but never anything else than the library."""

import random

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from domain.numbering import plain_number

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
FORMATS = (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL)


def e164(number: PhoneNumber | None) -> str | None:
    return None if number is None else phonenumbers.format_number(number, PhoneNumberFormat.E164)


def by_the_library(typed: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(typed, region)
    except NumberParseException:
        return None
    return e164(number) if phonenumbers.is_valid_number(number) else None


@given(
    region=st.sampled_from([*REGIONS, "XX"]),
    start=st.sampled_from(
        ["+{}", "+{}0", "+{} (0)", "+0{}", "00{}", "{}", "0", "00", "8", "06", "1"]
    ),
    rest=st.text("0123456789 -/().+", min_size=2, max_size=14),
)
def test_whatever_is_typed(region: str, start: str, rest: str) -> None:
    typed = start.format(phonenumbers.country_code_for_region(region) or "") + rest
    if (found := e164(plain_number(typed, region))) is not None:
        assert found == by_the_library(typed, region)


@pytest.mark.parametrize("form", FORMATS)
def test_the_numbers_of_all_regions_dialled_from_there_and_from_anywhere(form: int) -> None:
    chance = random.Random(form)
    found = 0
    for region in REGIONS:
        example = phonenumbers.example_number(region)
        assert example is not None
        typed = phonenumbers.format_number(example, form)
        for place in (region, chance.choice(REGIONS)):
            for written in (
                typed,
                typed[1:],
                f"0{typed}",
                typed.replace("+", "+0"),
                typed.replace(" ", " (0)", 1),
            ):
                number = plain_number(written, place)
                found += number is not None
                assert number is None or e164(number) == by_the_library(written, place)
    assert found > 100


@pytest.mark.parametrize(
    "typed", ["0151 12345678", "+49 151 12345678", "(030) 901820", "030/90-18-20", "+4930901820"]
)
def test_what_nearly_everybody_types_takes_the_short_way(typed: str) -> None:
    assert e164(plain_number(typed, "DE")) == by_the_library(typed, "DE")


@pytest.mark.parametrize(
    "typed", ["+7 800 123-45-67", "+49 (0)151 12345678", "0049 151 12345678", "12 34", "0151 x 1"]
)
def test_what_needs_a_second_look_is_left_to_the_library(typed: str) -> None:
    assert plain_number(typed, "DE") is None
