"""What speaks of one person is told from what speaks of somebody with a longer address."""

import json

import pytest

from api.addresses import named

ADDRESSES = {"anna@example.com", "+4915112345678"}


@pytest.mark.parametrize(
    "text",
    [
        "anna@example.com",
        "From Anna@Example.COM.",
        "<anna@example.com>",
        '{"email":"anna@example.com"}',
        json.dumps("first line\nanna@example.com\r\nlast line"),
        "mailto:anna@example.com?subject=x",
        "+4915112345678",
        "tel:+4915112345678;",
    ],
)
def test_it_is_found(text: str) -> None:
    assert named(text, ADDRESSES)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "joanna@example.com",
        "jo.anna@example.com",
        "jo-anna@example.com",
        "jo+anna@example.com",
        "anna@example.com.au",
        "anna@example.community",
        "anna@example.com-pany.org",
        "anna@exampleXcom",
        "+49151123456789",
    ],
)
def test_a_longer_one_is_somebody_else_s(text: str) -> None:
    assert not named(text, ADDRESSES)


def test_without_an_address_nobody_is_found() -> None:
    assert not named("anna@example.com", set())
