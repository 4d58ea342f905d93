"""What is asked in one spelling is found in another, and a stored text always by itself."""

import sys
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from projections.contacts.folding import folded, search_words, sort_key


def found(asked: str, stored: str) -> bool:
    return all(any(form in stored for form in forms) for forms in search_words(asked))


def found_by_name(asked: str, name: str) -> bool:
    return found(asked, folded(None, name, None, None))


GOLDEN = [
    ("muller", "Müller"),
    ("muller", "Mueller"),
    ("mueller", "Müller"),
    ("mueller", "Mueller"),
    ("müller", "Müller"),
    ("müller", "Mueller"),
    ("müller", "Muller"),
    ("MULLER", "mu\u0308ller"),
    ("mu\u0308ller", "MUELLER"),
    ("MÜLLER", "mueller"),
    ("strasse", "Straße"),
    ("straße", "STRASSE"),
    ("bauerle", "Baeuerle"),
    ("baeuerle", "Bäuerle"),
    ("soren", "Søren"),
    ("søren", "Soren"),
    ("lodz", "Łódź"),
    ("dorde", "Đorđe"),
    ("isik", "IŞIK Iş\u0131k"),
    ("francois", "François"),
    ("aesir", "Æsir"),
    ("manuel", "Manuel"),
    ("manul", "Manuel"),
    ("meyer-muller", "Meyer-Mueller"),
]


@pytest.mark.parametrize(("asked", "stored"), GOLDEN)
def test_a_name_is_found_in_any_of_its_spellings(asked: str, stored: str) -> None:
    assert found_by_name(asked, stored)


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("mueller", "Miller"),
        ("müller", "Mühler"),
        ("joe", "Johanna Jo"),
        ("manuel", "Manul"),
        ("baur", "Bauer"),
        ("qlle", "Quelle"),
        ("anna müller", "Anna Meier"),
        ("nam", "Anna Meier"),
    ],
)
def test_another_name_is_not_found(asked: str, stored: str) -> None:
    assert not found_by_name(asked, stored)


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("0151/123-456", "+49151123456"),
        ("+49 (0)151 123456", "+49151123456"),
        ("+49 (0151) 123456", "+49151123456"),
        ("0049 151 123456", "+49151123456"),
        ("151 – 123", "+49151123456"),
        ("\u202a+49 151 123456\u202c", "+49151123456"),
        ("\u0660\u0661\u0665\u0661 123", "+49151123456"),
        ("06 1234", "+39061234"),
        ("0151", "0151 12"),
        ("+49 (0)151 12", "+49 (0)151-12"),
    ],
)
def test_a_number_is_found_in_any_formatting(asked: str, number: str) -> None:
    assert found(asked, folded("Anna", None, None, number))


def test_a_number_that_is_not_there_is_not_found() -> None:
    assert not found("0152 123456", folded("Anna", None, None, "+49151123456"))


@pytest.mark.parametrize(
    "asked",
    ["müller", "anna 0151 123456 mueller", "0151/123-456 Anna", "Müller, Anna (0151/123456)"],
)
def test_words_and_numbers_are_looked_for_each_on_its_own(asked: str) -> None:
    assert found(asked, folded("Anna", "Müller", None, "+49151123456"))


@pytest.mark.parametrize("asked", ["j.muller", "@gmx", "GMX.de", "<J.Mueller@gmx.de>", "j.müller"])
def test_an_address_is_found_by_any_part_of_it(asked: str) -> None:
    assert found(asked, folded(None, None, "J.Mueller@GMX.de", None))


@pytest.mark.parametrize("asked", ["", "  ", "\u0308", "\u00ad"])
def test_a_term_without_any_sign_finds_everybody(asked: str) -> None:
    assert search_words(asked) == []


@pytest.mark.parametrize(
    ("asked", "words"), [("@", ["@"]), (" - , (", ["-", ",", "("]), ("00", ["00"]), ("%", ["%"])]
)
def test_a_term_without_a_word_is_looked_for_as_it_stands(asked: str, words: list[str]) -> None:
    assert search_words(asked) == [(word,) for word in words]


def test_the_folded_text_has_each_spelling_once() -> None:
    text = folded("Jürgen", "Müller", "j.meier@gmx.de", "+4917112345")
    assert text == "jurgen juergen muller mueller j.meier@gmx.de 4917112345"


def test_the_forms_of_a_word_stand_together() -> None:
    assert search_words("Anna Müller Über 030 12") == [
        ("anna",),
        ("muller",),  # whoever is stored as mueller has this form as well
        ("uber", "ueber"),
        ("3012", "030 12"),
    ]


def test_a_contact_with_nothing_but_a_number_that_is_not_valid_can_be_folded() -> None:
    assert folded(None, None, None, "no number") == "no number"
    assert folded(None, None, None, "007") == "7"


ANY_SIGN = st.characters(max_codepoint=sys.maxunicode, categories=None)
TRICKY = st.sampled_from(
    "aoeuqäöüßøłđðþæœİIΣς…①½ﬁ가각क़ा ()-–0123+./@'’"
    "\u0131\u00b4\u00a8\u0345\u0308\u0301\u1100\u200d\u00ad\u0663"
)
NAMES = st.text(ANY_SIGN | TRICKY, max_size=30)


@given(name=NAMES, data=st.data())
def test_a_name_is_found_by_every_piece_of_it(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name)))
    end = data.draw(st.integers(start, len(name)))
    assert found_by_name(name[start:end], name)


@given(st.text("aeiouäöüqmrß- ", max_size=12))
@example("Müe-Böe")
def test_an_umlaut_and_its_two_letters_find_each_other(name: str) -> None:
    two_letters = name.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
    assert found_by_name(two_letters, name)
    assert found_by_name(name, two_letters)


@given(first=NAMES, last=NAMES, email=NAMES, number=NAMES)
def test_any_text_can_be_folded_and_is_found_whole(
    first: str, last: str, email: str, number: str
) -> None:
    stored = folded(first, last, email, number)
    for part in (first, last, email):
        assert found(part, stored)


@given(NAMES)
def test_the_way_a_text_is_composed_makes_no_difference(name: str) -> None:
    decomposed = unicodedata.normalize("NFD", name)
    assert folded(name, None, None, None) == folded(decomposed, None, None, None)
    assert search_words(name) == search_words(decomposed)


def test_names_are_ordered_without_case_accents_and_space_around_them() -> None:
    names = [" zoe", "Ärger", "émile", "Łukasz", "MÜLLER", "Zoë"]
    assert sorted(names, key=sort_key) == ["Ärger", "émile", "Łukasz", "MÜLLER", " zoe", "Zoë"]


def test_the_longest_name_still_fits_an_index() -> None:
    assert len(sort_key("\ufdfa" * 320).encode()) < 2704


@settings(max_examples=1_000)
@given(st.text("aeiouäöüq", min_size=1, max_size=5), st.text("aeouq ", max_size=10))
@example("über", "Auebert")
def test_a_word_with_umlauts_finds_who_is_stored_with_two_letters(asked: str, name: str) -> None:
    two_letters = asked.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    if two_letters in folded(None, name, None, None):
        assert found_by_name(asked, name)
