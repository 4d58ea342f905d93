"""What counts as an e-mail address, and when two of them are one."""

import sys
import unicodedata

import email_validator
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain import identity
from domain.identity import email_address, email_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna@Example.com", " anna@example.COM\n"),
        ("Müller@Bücher.example", "müller@xn--bcher-kva.example"),
        ("Müller@Bücher.example", "mu\u0308ller@bu\u0308cher.example"),
        ("a@BÜCHER.example", "a@XN--BCHER-KVA.example"),
        ("a@例え。テスト", "a@例え.テスト"),
        ("a@\uff42ücher.example", "a@bücher.example"),
        ("ÖMER@x.de", "ömer@x.de"),
    ],
)
def test_two_spellings_of_one_address_are_one(one: str, other: str) -> None:
    assert email_key(one) == email_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.nna@gmail.com", "anna@gmail.com"),
        ("anna+crm@gmail.com", "anna@gmail.com"),
        ("straße@x.de", "strasse@x.de"),
        ("a@straße.example", "a@strasse.example"),
        ("muller@x.de", "müller@x.de"),
    ],
)
def test_two_mailboxes_stay_two(one: str, other: str) -> None:
    assert email_key(one) != email_key(other)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("A@Bücher..example", "a@bücher..example"),
        ("A@☃-.example", "a@☃-.example"),
        ("Ärger", "ärger"),
        ("A@" + "Ü" * 70 + ".de", "a@" + "ü" * 70 + ".de"),
        ("", ""),
    ],
)
def test_what_is_no_address_is_only_lower_cased(address: str, key: str) -> None:
    assert email_key(address) == key


@pytest.mark.parametrize(
    "typed",
    [
        "Anna@Example.com",
        "Müller@Bücher.example",
        "anna+crm@sub.example.com",
        "a@host.test",
        "a@printer.local",
        "a@nobody.invalid",
        "用户@例え.テスト",
    ],
)
def test_an_address_is_kept_as_typed_without_the_space_around_it(typed: str) -> None:
    assert email_address(f" {typed}\t") == typed


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "anna",
        "anna@",
        "@example.com",
        "anna@example",
        "anna@@example.com",
        "anna@example..com",
        "an na@example.com",
        "anna@exam ple.com",
        "anna@example.com, bob@example.com",
        "Anna <anna@example.com>",
        "anna@[127.0.0.1]",
        "an\x00na@example.com",
        "an\ud800na@example.com",
        "anna@" + "e" * 300 + ".com",
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z].* .*\.$"):
        email_address(typed)


def test_an_address_of_more_than_320_characters_is_refused_with_the_limit() -> None:
    with pytest.raises(ValueError, match="320"):
        email_address("a" * 309 + "@example.com")


ANY_SIGN = st.characters(max_codepoint=sys.maxunicode, categories=None)
ADDRESSES = st.one_of(
    st.emails(),
    st.text(ANY_SIGN | st.sampled_from("@@..-xnÜßΣİ。\u0131\uff20"), max_size=40),
    st.builds("{}@{}.example".format, st.text(max_size=10), st.text("xn-bücherß", max_size=12)),
)


@given(ADDRESSES)
@example("A@İ.example")
def test_a_key_is_its_own_key(address: str) -> None:
    key = email_key(address)
    assert email_key(key) == key


@given(ADDRESSES)
def test_case_space_and_composition_do_not_change_a_key(address: str) -> None:
    key = email_key(address)
    assert email_key(f" {address} ") == key
    assert email_key(unicodedata.normalize("NFD", address)) == key


@given(st.emails())
def test_an_address_in_capitals_has_the_same_key(address: str) -> None:
    assert email_key(address.upper()) == email_key(address)


@given(ADDRESSES)
def test_any_text_is_an_address_or_a_sentence(typed: str) -> None:
    try:
        address = email_address(typed)
    except ValueError as refusal:
        assert str(refusal).endswith(".")  # noqa: PT017  # either outcome is right
    else:
        assert address == typed.strip()
        assert email_address(address) == address
        assert email_key(address).rpartition("@")[2].isascii()


@given(st.lists(st.text("aZ09_+-.", max_size=40), max_size=3), st.text("aZ09-._", max_size=80))
def test_what_is_taken_as_plain_the_library_takes_too(local: list[str], domain: str) -> None:
    address = f"{'.'.join(local)}@{domain}.{domain[:5]}a.test"
    if identity._PLAIN.fullmatch(address) and "--" not in address:
        email_validator.validate_email(address, check_deliverability=False)
