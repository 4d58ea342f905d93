"""When a number becomes E.164, and what is kept as it was typed."""

import sys

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import phone_number


@pytest.mark.parametrize(
    ("typed", "region", "key"),
    [
        ("030 12345678", "DE", "+493012345678"),
        (" (030) 1234-5678 ", "DE", "+493012345678"),
        ("0049 30/12345678", "DE", "+493012345678"),
        ("+49 (0)30 12345678", "DE", "+493012345678"),
        ("+49 (0)30 12345678", "US", "+493012345678"),
        ("011 49 30 12345678", "US", "+493012345678"),
        ("0151 12345678", "DE", "+4915112345678"),
        ("(212) 555-2368", "US", "+12125552368"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("\u202a+49 30 12345678\u202c", "DE", "+493012345678"),
        ("٠٣٠١٢٣٤٥٦٧٨", "DE", "+493012345678"),
    ],
)
def test_a_valid_number_is_shown_and_compared_as_e164(typed: str, region: str, key: str) -> None:
    assert phone_number(typed, region) == (key, key)


@pytest.mark.parametrize(
    "typed",
    [
        "+1-555-123-4567",
        "110",
        "030",
        "12345",
        "030 12345678 / 030 1234567",
        "1" * 300,
        "+",
        "()",
        "",
    ],
)
def test_a_number_that_is_not_valid_stays_as_typed_and_matches_nothing(typed: str) -> None:
    assert phone_number(f" {typed} ", "DE") == (typed, None)


@pytest.mark.parametrize(
    "typed", ["030 1234 home", "1-800-FLOWERS", "030 12345678 Anna", "by mail only"]
)
def test_letters_are_never_read_as_digits(typed: str) -> None:
    assert phone_number(typed, "DE") == (typed, None)


@pytest.mark.parametrize("typed", ["+49 30 12345678 ext. 12", "030 12345678 #12", "0301234567,,5"])
def test_an_extension_is_not_lost(typed: str) -> None:
    assert phone_number(typed, "DE") == (typed, None)


def test_without_a_known_region_only_international_numbers_are_valid() -> None:
    assert phone_number("030 12345678", "") == ("030 12345678", None)
    assert phone_number("+493012345678", "XX") == ("+493012345678", "+493012345678")


REGIONS = st.sampled_from(["DE", "AT", "US", "IT", "BR", "JP", "ZZ"])
SIGNS = st.characters(max_codepoint=sys.maxunicode, categories=None)
NUMBERS = st.one_of(
    st.from_regex(r"(\+|00?)[1-9][0-9 ()/.-]{5,16}", fullmatch=True),
    st.text(st.sampled_from("+0123456789 ()-/.#,;*x٣") | SIGNS, max_size=25),
)


@given(NUMBERS, REGIONS, REGIONS)
def test_a_number_as_shown_stays_as_it_is(typed: str, region: str, other: str) -> None:
    shown, key = phone_number(typed, region)
    assert key in (None, shown)
    assert phone_number(shown, region) == (shown, key)
    if key:
        assert phone_number(shown, other) == (shown, key)


@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)))
def test_every_format_of_a_number_has_one_key(region: str) -> None:
    number = phonenumbers.example_number(region)
    if number is None:
        return
    formats = (
        phonenumbers.PhoneNumberFormat.E164,
        phonenumbers.PhoneNumberFormat.INTERNATIONAL,
        phonenumbers.PhoneNumberFormat.NATIONAL,
    )
    keys = {phone_number(phonenumbers.format_number(number, form), region) for form in formats}
    assert len(keys) == 1
