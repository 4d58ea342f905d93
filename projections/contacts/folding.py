"""Hides how names, addresses and numbers are spelled: a search needs plain substrings only.

Two rules make it work. Whatever is asked is a substring of the same text when it is stored, for
both lose case and accents letter by letter. And of the German spellings a contact stores all,
`mueller` (written for `Müller`) and `muller` (written for `Mueller`), so that a question is never
shortened: asking `joe` must not find everybody with `jo`.
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import groupby

# Soft hyphens, joiners and marks of direction are pasted along with names and numbers.
_INVISIBLE = dict.fromkeys(
    [0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF]
)
# What no decomposition takes apart. The ss of ß is made by casefold.
_LETTERS = str.maketrans("øłđð\u0131’", "olddi'") | str.maketrans({"þ": "th", "æ": "ae", "œ": "oe"})
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_DIGRAPH = re.compile("[ao]e|(?<![aeq])ue")  # the ue of Bauer, Neue and Quelle is no umlaut

_DASHES = "\u2010\u2012\u2013\u2014"
_NUMBER = re.compile(rf"[\d+()/.\-{_DASHES}]+")
_BREAK = re.compile(rf"[-!\"#$%&()*,/:;<=>?\[\\\]^`{{|}}~{_DASHES}]+")
_LETTER = re.compile(r"[^\W\d_]")  # a number that is kept as typed may say "ext. 7"
_ORNAMENT = ".'@+_"  # kept inside a word, no word of their own


def folded(
    first_name: str | None, last_name: str | None, email: str | None, phone_number: str | None
) -> str:
    """The text in which a contact is looked for."""
    spelled = phone_number if phone_number and _LETTER.search(phone_number) else ""
    text = _even(f"{first_name or ''} {last_name or ''} {email or ''} {spelled}")
    if not text.isascii() or "ae" in text or "oe" in text or "ue" in text:
        text = " ".join(form for word in text.split() for form in _stored_forms(word))
    if phone_number and (digits := _digits(phone_number.replace("(0)", ""))):
        return f"{text} {digits}" if text else digits
    return text


def search_words(term: str) -> list[tuple[str, ...]]:
    """The words of a term, each as the spellings of which one must be in the folded text.

    A term of nothing but punctuation or zeros is looked for as it stands.
    """
    words = []
    for is_number, chunks in groupby(_even(term).split(), key=_is_number):
        if is_number:
            words.append(_asked_number(" ".join(chunks)))
        else:
            words += [_asked_word(word) for chunk in chunks for word in _BREAK.split(chunk)]
    asked = [word for word in words if word]
    return asked or [(sign,) for sign in _stripped(_even(term)).split()]


def sort_key(name: str) -> str:
    """What names are ordered by; cut, as one sign can become 18 and an index takes 2,704 bytes."""
    return _stripped(_even(name))[:200]


def _even(text: str) -> str:
    """Lower case, whole letters, single spaces; accents are still there."""
    if text.isascii():
        return " ".join(text.lower().split())
    composed = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).casefold()
    return " ".join(unicodedata.normalize("NFKC", composed).split())


def _stripped(word: str) -> str:
    if word.isascii():
        return word
    letters = unicodedata.normalize("NFKD", word)
    return "".join(sign for sign in letters if not unicodedata.combining(sign)).translate(_LETTERS)


def _stored_forms(word: str) -> Iterable[str]:
    if word.isascii() and not _DIGRAPH.search(word):
        return (word,)
    german = _stripped(word.translate(_GERMAN))
    short = _DIGRAPH.sub(lambda found: found[0][0], german)
    return dict.fromkeys((_stripped(word), german, short))


def _asked_word(word: str) -> tuple[str, ...]:
    word = word.strip(".'")
    if _is_number(word):
        return _asked_number(word)
    short, german = _stripped(word), _stripped(word.translate(_GERMAN))
    # who is stored with the German form has the short one as well, but for the ue of Bauer
    alike = _DIGRAPH.sub(lambda found: found[0][0], german) == short and not german.startswith("ue")
    forms = dict.fromkeys((short,) if alike else (short, german))
    return tuple(form for form in forms if form.strip(_ORNAMENT))


def _is_number(word: str) -> bool:
    return _NUMBER.fullmatch(word) is not None


def _asked_number(text: str) -> tuple[str, ...]:
    """The digits, with "(0)151" or "(0151)" losing its 0; and the text itself: "Studio 5-4"."""
    digits = [_digits(text.replace("(0)", "")), _digits(text.replace("(0", "("))]
    if not all(digits):
        return ()
    found_already = any(form in text for form in digits)
    return tuple(dict.fromkeys(digits if found_already else [*digits, text]))


def _digits(text: str) -> str:
    """All digits in a row, without the zeros that are dialled first."""
    digits = text.lstrip("+0")
    if digits.isdecimal() and digits.isascii():  # E.164, nearly always
        return digits
    return "".join(str(int(digit)) for digit in text if digit.isdecimal()).lstrip("0")
