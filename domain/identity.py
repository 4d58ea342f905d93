"""Hides when two e-mail addresses, or two phone numbers, are the same one."""

import re
import unicodedata
from functools import lru_cache

import email_validator
import idna
import phonenumbers

from domain.numbering import plain_number

MAX_LENGTH = 320

# What nearly everybody has. The library says the same of it, as a test shows, but takes a tenth of
# the time in which the service answers.
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN = re.compile(
    rf"(?=.{{1,64}}@)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:{_LABEL}\.)+[a-z]{{2,63}}",
    re.ASCII | re.IGNORECASE,
)
_PLAIN_LENGTH = 254

# Contacts of an intranet live under .local, those of a trial under .test: we judge the shape of an
# address and not whether the whole world can reach it. The library's documented switch is its list.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def email_address(typed: str) -> str:
    """The address as typed, without the space around it; a ValueError says what is wrong."""
    address = typed.strip()
    if _PLAIN.fullmatch(address) and len(address) <= _PLAIN_LENGTH and "--" not in address:
        return address
    if len(address) > MAX_LENGTH:
        raise ValueError(f"An email address may have at most {MAX_LENGTH} characters.")
    email_validator.validate_email(address, check_deliverability=False)
    return address


def email_key(address: str) -> str:
    """What two spellings of one address have in common; takes any text, refuses none.

    Lower-cased and not case-folded: folding would make one mailbox of straße@ and strasse@.
    """
    text = address.strip().lower()
    if text.isascii():
        return text
    # Composing comes last: lower-casing can leave a letter and its accent apart.
    local, at, domain = unicodedata.normalize("NFC", text).rpartition("@")
    return local + at + (_domain_key(domain) if at else domain)


def _domain_key(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError:  # what every refusal of idna is
        return domain


@lru_cache(maxsize=4096)
def phone_number(typed: str, region: str) -> tuple[str, str | None]:
    """The number as shown and as compared: E.164 twice when it is valid, else as typed and None.

    A number with letters or an extension stays as typed. The library would read letters as keys
    ("030 1234 home" becomes a valid number of somebody else), and E.164 has no extensions, so that
    all people behind one switchboard would become one person.
    """
    shown = typed.strip()
    if any(sign.isalpha() for sign in shown):
        return shown, None
    number = plain_number(shown, region) or _valid_number(shown, region)
    if number is None:
        return shown, None
    key = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return key, key


def _valid_number(shown: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(shown, region)
    except phonenumbers.NumberParseException:
        return None
    return None if number.extension or not phonenumbers.is_valid_number(number) else number
