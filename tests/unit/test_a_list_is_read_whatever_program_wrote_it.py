"""Files from the wild: encodings, delimiters, quotation marks, headers, and damage."""

import codecs
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.imports.files import opened
from api.imports.inspection import UnreadableFile
from api.imports.mapping import Columns
from api.imports.records import DAMAGED, Record
from api.imports.understanding import Candidate, understood
from api.imports.verdicts import Verdict


def records(content: bytes) -> list[Record]:
    with opened(BytesIO(content)) as file:
        return list(file.source)


def rows(content: bytes) -> list[dict[str, Any]]:
    found = records(content)
    assert [record.number for record in found] == list(range(1, len(found) + 1))
    assert [record.wrong for record in found] == [""] * len(found)
    return [dict(record.values) for record in found]


def judged(content: bytes) -> list[Candidate | Verdict]:
    with opened(BytesIO(content)) as file:
        columns = Columns(file.source.columns, {})
        return [understood(record, columns, "DE") for record in file.source]


JUERGEN = [{"Name": "Jürgen Müller-Groß", "E-Mail": "j@example.com"}]
TABLE = "Name;E-Mail\r\nJürgen Müller-Groß;j@example.com\r\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"]
)
def test_umlauts_survive_in_every_encoding(encoding: str) -> None:
    assert rows(TABLE.encode(encoding)) == JUERGEN


def test_an_encoding_is_told_by_the_whole_file_and_not_by_its_beginning() -> None:
    filler = "Anna;a@example.com\r\n" * 60_000
    head, row = TABLE.split("\r\n", 1)
    assert rows(f"{head}\r\n{filler}{row}".encode("cp1252"))[-1:] == JUERGEN


def test_a_letter_may_lie_across_two_blocks() -> None:
    head = b"Name;E-Mail\r\n"
    filler = b"x" * (1_048_576 - len(head) - 1)
    assert rows(head + filler + "ü;a@example.com\r\n".encode())[0]["Name"].endswith("xü")


def test_other_legacy_encodings_are_guessed() -> None:
    names = "\r\n".join(f"Łukasz Wiśniewski Żółć {n};l{n}@example.com" for n in range(20))
    found = rows(f"Name;E-Mail\r\n{names}\r\n".encode("cp1250"))
    assert found[3] == {"Name": "Łukasz Wiśniewski Żółć 3", "E-Mail": "l3@example.com"}


def test_a_damaged_letter_costs_no_other_umlaut() -> None:
    names = "".join(f"Käthe Größe {n};k{n}@example.com\r\n" for n in range(20)).encode()
    found = rows(b"Name;E-Mail\r\n" + names + b"Ren\xc3 Cut;r@example.com\r\n" + names)
    assert {"Name": "Käthe Größe 7", "E-Mail": "k7@example.com"} in found
    assert found[20]["Name"] == f"Ren{DAMAGED} Cut"


@pytest.mark.parametrize(
    ("content", "column", "shown"),
    [
        (
            "Name;E-Mail\r\nJürgen;j@example.com\r\nRen".encode() + b"\xc3;r@example.com",
            "Name",
            "Ren\ufffd",
        ),
        (
            "Straße;E-Mail\r\nKöln, Füße, Gräber, Mädchen, Größe, Übung x".encode("cp1252")
            + b"\x81;r@example.com",
            "Straße",
            "Köln, Füße, Gräber, Mädchen, Größe, Übung x\ufffd",
        ),
        (TABLE.encode("utf-16-le") + b"\x00\xd8;\x00r\x00", "Name", "\ufffd"),
        (
            '{"Name":"Jürgen","E-Mail":"j@example.com"}\n{"Name":["Ren'.encode()
            + b'\xc3"],"E-Mail":"r@example.com"}',
            "Name",
            '["Ren\ufffd"]',
        ),
        (
            "BEGIN:VCARD\nVERSION:4.0\nFN:Jürgen\nEMAIL:j@example.com\nEND:VCARD\nBEGIN:VCARD\nVERSION:4.0\nFN:Ren".encode()
            + b"\xc3\nEMAIL:r@example.com\nEND:VCARD\n",
            "fullName",
            "Ren\ufffd",
        ),
    ],
)
def test_a_letter_that_cannot_be_read_fails_its_row_and_is_named(
    content: bytes, column: str, shown: str
) -> None:
    *_, wrong = judged(content)
    assert isinstance(wrong, Verdict)
    assert [(one.column, one.value) for one in wrong.complaints] == [(column, shown)]
    assert DAMAGED not in str(wrong.sent)
    assert "\ufffd" in str(wrong.sent)


def test_a_replacement_character_that_the_file_holds_is_a_letter_like_others() -> None:
    (one,) = judged("Name;E-Mail\nRen\ufffd;r@example.com\n".encode())
    assert isinstance(one, Candidate)


def test_a_zero_byte_fails_its_row_alone() -> None:
    good, wrong, last = judged(
        b"email,na\0me\na@example.com,A\nb@example.com,B\0\nc@example.com,C\n"
    )
    assert isinstance(good, Candidate)
    assert good.known.first_name == "A"
    assert isinstance(wrong, Verdict)
    assert [one.column for one in wrong.complaints] == ["name"]
    assert isinstance(last, Candidate)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    lines = [["Name", "E-Mail", "Note"], ["Anna", "a@example.com", "x, y; z"]]
    quoted = "\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    assert rows(quoted.encode()) == [{"Name": "Anna", "E-Mail": "a@example.com", "Note": "x, y; z"}]


def test_excel_s_own_line_about_the_delimiter_is_believed() -> None:
    assert rows(b"sep=;\r\na,b;email\r\n1,2;a@example.com\r\n") == [
        {"a,b": "1,2", "email": "a@example.com"}
    ]


def test_one_column_needs_no_delimiter() -> None:
    assert rows(b"email\na@example.com\n") == [{"email": "a@example.com"}]


def test_cells_may_hold_line_breaks_quotes_and_delimiters() -> None:
    found = rows(b'email,note\r\na@example.com,"one\r\ntwo ""2"", three"\r\n')
    assert found == [{"email": "a@example.com", "note": 'one\r\ntwo "2", three'}]


def test_a_quotation_inside_a_cell_takes_no_space_from_others() -> None:
    found = rows(b'email,note\r\na@example.com,"said, ""hello"""\r\nb@example.com, x \r\n')
    assert [row["note"] for row in found] == ['said, "hello"', " x "]


def test_space_before_a_quotation_mark_is_no_text() -> None:
    assert rows(b'email, note\na@example.com, "x, y"\n')[0]["note"] == "x, y"


def test_headers_that_come_twice_or_are_empty_get_names() -> None:
    found = rows(b"email,tel,,tel\na@example.com,1,2,3\n")
    assert found == [{"email": "a@example.com", "tel": "1", "column 3": "2", "tel (2)": "3"}]


def test_three_hundred_columns_are_read() -> None:
    header = ",".join(f"c{n}" for n in range(300))
    assert len(rows(f"{header}\n{header}\n".encode())[0]) == 300


def test_empty_lines_are_no_rows() -> None:
    found = rows(b"\r\n;;\r\nemail;a;b\r\n\r\na@example.com;1;2\r\n;;\r\n  ; ;\r\n\r\n")
    assert found == [{"email": "a@example.com", "a": "1", "b": "2"}]


def test_a_cell_of_five_megabytes_is_read() -> None:
    assert len(rows(b"email,note\na@example.com," + b"x" * 5_000_000 + b"\n")[0]["note"]) == 5e6


def test_a_last_line_that_was_cut_off_is_no_contact() -> None:
    whole, cut = records(b"name,email,tel\nA,a@example.com,1\nB,b@examp")
    assert (whole.wrong, cut.wrong) == ("", "the row is cut off: 2 cells of 3")
    complete, short = records(b"name,email,tel\nA,a@example.com,1\nB,b@example.com\n")
    assert (complete.wrong, short.wrong) == ("", "")


def test_a_quotation_mark_that_is_never_closed_costs_its_own_row_alone() -> None:
    first, wrong, last = records(
        b'email,note\na@example.com,x\nb@example.com,"y\nc@example.com,z\n'
    )
    assert (first.wrong, wrong.wrong, last.wrong) == (
        "",
        "a quotation mark is not closed where its cell ends",
        "",
    )
    assert (wrong.number, wrong.sent) == (2, ["b@example.com", "y"])
    assert last.values == {"email": "c@example.com", "note": "z"}
    endless, rest = records(b'email,note\na@example.com,"' + b"x" * 17_000_000)
    assert (endless.wrong, len(endless.sent[1])) == (
        "a quotation mark is not closed where its cell ends",
        985,
    )
    assert rest.wrong


def test_what_may_be_a_piece_of_a_broken_row_is_no_contact() -> None:
    content = (
        b'email,note,tel\na@example.com,"begins\n0151 1\nb@example.com,"1\n2",3\nc@example.com,'
    )
    found = records(content)
    assert [record.wrong == "" for record in found] == [False, False, True, False]
    assert found[1].wrong.startswith("the row has 1 cells, the header 3, behind a quotation mark")
    assert found[2].values == {"email": "b@example.com", "note": "1\n2", "tel": "3"}


def test_an_inch_sign_in_the_last_row_is_no_quotation_mark() -> None:
    assert rows(b'email,note\na@example.com,5" pipe\n')[0]["note"] == '5" pipe'


@given(
    cells=st.lists(st.lists(st.text('a,"\n ', max_size=4), min_size=2, max_size=2), max_size=6),
    quotes=st.lists(st.integers(0, 30), max_size=2),
)
def test_whatever_quotation_marks_are_too_many_no_line_is_lost(
    cells: list[list[str]], quotes: list[int]
) -> None:
    lines = [",".join([f"p{n}@x.test", *row]) for n, row in enumerate(cells)]
    text = "\n".join(lines)
    for place in quotes:
        text = text[:place] + '"' + text[place:]
    found = records(f"email,b,c\n{text}\n".encode())
    told = "".join(cell for record in found for cell in record.sent)
    for number in range(len(cells)):
        assert f"p{number}@x.test" in told.replace('"', "")


def test_a_row_with_more_cells_than_the_header_fails_alone() -> None:
    first, second, third = records(b"email,a\nx@example.com,1,,\ny@example.com,1,2\nz,1\n")
    assert (first.wrong, third.wrong) == ("", "")
    assert second.wrong == "the row has 3 cells, the header 2"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("'=1+1", "=1+1"),
        ("'+49151", "+49151"),
        ("'-x", "-x"),
        ("'@x", "@x"),
        ("''=x", "'=x"),
        ("'Hearted", "'Hearted"),
        ("'", "'"),
        ("'\tx", "\tx"),
    ],
)
def test_the_apostrophe_that_makes_a_formula_harmless_is_taken_off(cell: str, value: str) -> None:
    assert rows(f'email,x\na@example.com,"{cell}"\n'.encode())[0]["x"] == value


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00>\x00", "no text"),
        (b"\x7fELF" + bytes(range(256)) * 40, "no text"),
        ("Имя;Номер\r\nИлья;12\r\n".encode("utf-16-le"), "UTF-16 without its mark"),
        (b'email,"note\na@example.com,x\n', "cell ends in the header"),
        (b"", "empty"),
        (b" \r\n ", "empty"),
        (codecs.BOM_UTF8, "header"),
        (b"[{}]", "one object a line"),
    ],
)
def test_what_is_no_list_is_refused_kindly(content: bytes, word: str) -> None:
    with pytest.raises(UnreadableFile, match=word):
        records(content)


def test_json_lines_are_judged_line_by_line() -> None:
    found = records(b'{"email":"a@example.com","tags":["x"]}\n\n{"email":\n[1]\n{"a":NaN}\n')
    assert [record.wrong for record in found] == [
        "",
        "the row is not valid JSON",
        "the row is no JSON object",
        "the row is not valid JSON",
    ]
    assert found[0].values == {"email": "a@example.com", "tags": ["x"]}
    assert found[1].sent == '{"email":'


CARD = """BEGIN:VCARD\r
VERSION:3.0\r
N:Müller;Anna;Maria;Dr.;\r
FN:Dr. Anna Maria Müller\r
item1.EMAIL;TYPE=INTERNET:second@example.com\r
EMAIL;TYPE=INTERNET,PREF:first@exam\r
 ple.com\r
TEL;TYPE="cell,voice":+49 151 12345678\r
ADR;TYPE=HOME:;2. Stock;Hauptstr. 1\\, Hof;Köln;NRW;50667;Germany\r
ORG:ACME\\; Söhne;Sales\r
NOTE:one\\ntwo\\\\three\r
CATEGORIES:Lead,VIP\r
PHOTO;ENCODING=b:AAAA\r
X-COLOUR:red\r
END:VCARD\r
"""


def test_a_vcard_is_unfolded_unescaped_and_taken_apart() -> None:
    (row,) = rows(CARD.encode())
    assert row == {
        "lastName": "Müller",
        "firstName": "Anna Maria",
        "title": "Dr.",
        "fullName": "Dr. Anna Maria Müller",
        "email": "first@example.com",
        "phoneNumber": "+49 151 12345678",
        "address": {
            "line1": "Hauptstr. 1, Hof",
            "line2": "2. Stock",
            "city": "Köln",
            "zip": "50667",
            "country": "Germany",
        },
        "employer": "ACME; Söhne",
        "notes": "one\ntwo\\three",
        "tags": ["Lead", "VIP"],
        "additionalData": {
            "region": "NRW",
            "department": "Sales",
            "x-colour": "red",
            "email (others)": ["second@example.com"],
        },
    }


def test_a_card_that_is_called_by_its_address_or_number_has_no_name() -> None:
    cards = "".join(
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\n{line}\r\nEND:VCARD\r\n"
        for name, line in (("a@example.com", "EMAIL:a@example.com"), ("+49 30 1", "TEL:+49 30 1"))
    )
    assert rows(cards.encode()) == [{"email": "a@example.com"}, {"phoneNumber": "+49 30 1"}]


def test_a_vcard_of_version_four_is_read_and_older_ones_fail_alone() -> None:
    cards = (
        "BEGIN:VCARD\nVERSION:4.0\nFN:A\nTEL;VALUE=uri;PREF=1:tel:+4930901820\nEND:VCARD\n"
        "BEGIN:VCARD\nVERSION:2.1\nN:B\nEND:VCARD\n"
        "BEGIN:VCARD\nVERSION:4.0\nFN:C\n"
    )
    new, old, cut = records(cards.encode())
    assert new.values == {"fullName": "A", "phoneNumber": "+4930901820"}
    assert old.wrong == "vCard 2.1; 3 or 4 only"
    assert cut.wrong == "the card has no end"
