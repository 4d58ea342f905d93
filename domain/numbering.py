"""Reads phone numbers that are typed plainly: says what the library says, in a part of its time."""

import re
from functools import cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber

_PLAIN = re.compile(r"\+?[0-9 ()/.-]+", re.ASCII)
_BESIDES = re.compile(r"[^0-9]", re.ASCII)
_LONGEST_CODE = 3


def plain_number(typed: str, region: str) -> PhoneNumber | None:
    """Return the number that is certainly meant, if it is a valid one; None says nothing.

    That is one with `+` and a country code, or one that begins as numbers do that are dialled
    within the region. Whatever needs a second look is left to the library.
    """
    if _PLAIN.fullmatch(typed) is None:
        return None
    digits = _BESIDES.sub("", typed)
    number = _international(digits) if typed[0] == "+" else _national(digits, region)
    return number if number is not None and phonenumbers.is_valid_number(number) else None


def _international(digits: str) -> PhoneNumber | None:
    if digits[:1] in ("", "0"):  # which no country's code begins with
        return None
    for length in range(1, _LONGEST_CODE + 1):
        code, rest = int(digits[:length]), digits[length:]
        if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            main = phonenumbers.region_code_for_country_code(code)
            return None if _may_be_more(rest, main) else _number(code, rest)
    return None


def _national(digits: str, region: str) -> PhoneNumber | None:
    prefix, code, abroad = _dialling(region)
    if prefix is None or not digits.startswith(prefix) or digits.startswith(str(code)):
        return None
    return None if abroad.match(digits) else _number(code, digits.removeprefix(prefix))


def _number(code: int, rest: str) -> PhoneNumber | None:
    """Return a number without zeros before it, which some countries have and others drop."""
    if not rest or rest[0] == "0":
        return None
    return PhoneNumber(country_code=code, national_number=int(rest))


def _may_be_more(rest: str, region: str) -> bool:
    """Tell whether the number begins with something that the library might take off."""
    pattern = _prefixes(region)
    return pattern is None or pattern.match(rest) is not None


@cache
def _prefixes(region: str) -> re.Pattern[str] | None:
    known = PhoneMetadata.metadata_for_region(region, None)
    if known is None:  # a code of no country, as that of satellites
        return None
    return re.compile(known.national_prefix_for_parsing or r"(?!)")


@cache
def _dialling(region: str) -> tuple[str | None, int, re.Pattern[str]]:
    """Return what is dialled before a number inside a region, its code, and what leads abroad.

    The first is None where it depends on what follows.
    """
    known = PhoneMetadata.metadata_for_region(region, None)
    if known is None or known.country_code is None:
        return None, 0, re.compile("")
    prefix = known.national_prefix_for_parsing
    plain = prefix is not None and prefix.isdigit() and not known.national_prefix_transform_rule
    abroad = re.compile(known.international_prefix or r"(?!)")
    return prefix if plain else None, known.country_code, abroad
