"""Reads vCards of the versions 3 and 4: folded lines, parameters, escapes, several addresses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

from api.imports.inspection import UnreadableFile
from api.imports.mapping import DATA
from api.imports.records import LONGEST, Record
from api.imports.spelling import FULL_NAME, ID

VERSIONS = ("3.0", "4.0")
LINE = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:;(?:\"[^\"]*\"|[^\":])*)?):(.*)", re.DOTALL)
PART = re.compile(r"((?:\\.|[^\\;])*)(?:;|$)", re.DOTALL)
ITEM = re.compile(r"((?:\\.|[^\\,])*)(?:,|$)", re.DOTALL)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)

SIMPLE = {
    "FN": FULL_NAME,
    "NOTE": "notes",
    "TITLE": "function",
    "ROLE": "function",
    "LANG": "language",
}
SKIPPED = {"PHOTO", "LOGO", "SOUND", "KEY", "PRODID", "REV", "BEGIN", "END", "VERSION", "PROFILE"}
"""Pictures, and what is about the card and not about the person."""

ADDRESS = ("line3", "line2", "line1", "city", "region", "zip", "country")
"""The parts of ADR: post office box, extension, street, city, region, code, country."""

ERROR_LINE = "X-IMPORT-ERROR"


@dataclass(slots=True)
class Card:
    """One card while its lines are read."""

    lines: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    several: dict[str, list[tuple[bool, str]]] = field(default_factory=dict)
    version: str = ""

    def take(self, line: str) -> None:
        """Understand one line, whose folds are gone already."""
        found = LINE.fullmatch(line)
        if found is None:
            return
        name, parameters, value = found[1].upper(), found[2].upper(), found[3]
        if name == "VERSION":
            self.version = value.strip()
        elif name in ("EMAIL", "TEL"):
            preferred = "PREF" in parameters
            plain = unescaped(value).strip().removeprefix("tel:")
            self.several.setdefault(name, []).append((not preferred, plain))
        elif name in STRUCTURED:
            STRUCTURED[name](self, value)
        elif name in SIMPLE:
            self.values.setdefault(SIMPLE[name], unescaped(value))
        elif name not in SKIPPED and name != ERROR_LINE and value.strip():
            self.data.setdefault(name.lower(), unescaped(value))

    def take_name(self, value: str) -> None:
        """N: family, given, additional names, prefix."""
        family, given, more, prefix, *_ = [*parts(value), "", "", "", ""]
        names = {"firstName": f"{given} {more}".strip(), "lastName": family, "title": prefix}
        self.values |= {name: text for name, text in names.items() if text.strip()}

    def take_address(self, value: str) -> None:
        """ADR: of several, the first one."""
        given = {name: text for name, text in zip(ADDRESS, parts(value), strict=False) if text}
        if region := given.pop("region", None):
            self.data.setdefault("region", region)
        if given:
            self.values.setdefault("address", given)

    def take_employer(self, value: str) -> None:
        """ORG: the organisation, then its departments."""
        employer, *departments = parts(value)
        self.values.setdefault("employer", employer)
        if any(departments):
            self.data.setdefault("department", ", ".join(filter(None, departments)))

    def take_tags(self, value: str) -> None:
        """CATEGORIES: may be there several times."""
        tags = (unescaped(tag).strip() for tag in ITEM.findall(value))
        self.values.setdefault("tags", []).extend(tag for tag in tags if tag)

    def take_id(self, value: str) -> None:
        """UID: ours is a UUID; others are kept."""
        self.values[ID] = value.strip().lower().removeprefix("urn:uuid:")

    def record(self, number: int) -> Record:
        """Return the card as a record; of several addresses the preferred one, then the first."""
        sent = "".join(self.lines)
        if self.version not in VERSIONS:
            return Record(number, {}, sent, f"vCard {self.version or 'of no version'}; 3 or 4 only")
        for name, column in (("EMAIL", "email"), ("TEL", "phoneNumber")):
            ranked = sorted(self.several.get(name, ()), key=lambda pair: pair[0])
            if ranked:
                self.values[column] = ranked[0][1]
            if ranked[1:]:
                self.data[f"{column} (others)"] = [value for _, value in ranked[1:]]
        self.drop_name_that_is_none()
        values = {**self.values, DATA: self.data} if self.data else self.values
        return Record(number, values, sent)

    def drop_name_that_is_none(self) -> None:
        """Forget FN, which each card must have, where it repeats an address or a number."""
        texts = {text for ranked in self.several.values() for _, text in ranked}
        if self.values.get(FULL_NAME) in texts:
            del self.values[FULL_NAME]


STRUCTURED = {
    "N": Card.take_name,
    "ADR": Card.take_address,
    "ORG": Card.take_employer,
    "CATEGORIES": Card.take_tags,
    "UID": Card.take_id,
}


class VCards:
    """A file of cards, one after the other."""

    kind = "vCards"

    def __init__(self, text: TextIO) -> None:
        """Read `text`."""
        self._text = text
        self.columns = ["firstName", "lastName", FULL_NAME, "email", "phoneNumber", "address"]

    def __iter__(self) -> Iterator[Record]:
        """Yield a record for each card; one that never ends is refused."""
        self._text.seek(0)
        number, card, line = 0, Card(), ""
        for following in physical(self._text):
            card.lines.append(following)
            if following[0] in " \t":
                line += following[1:].rstrip("\r\n")
                continue
            card.take(line)
            line = following.rstrip("\r\n")
            if line.upper().startswith("END:VCARD"):
                number += 1
                yield card.record(number)
                card, line = Card(), ""
        if "".join(card.lines).strip():
            yield Record(number + 1, {}, "".join(card.lines), "the card has no end")


def physical(text: TextIO) -> Iterator[str]:
    """Yield the lines that are not empty."""
    while line := text.readline(LONGEST):
        if len(line) == LONGEST:
            raise UnreadableFile(f"a line is longer than {LONGEST} characters")
        if line.strip("\r\n"):
            yield line


def parts(value: str) -> list[str]:
    """Divide a value at its semicolons."""
    return [unescaped(part).strip() for part in PART.findall(value)]


def unescaped(text: str) -> str:
    """Resolve backslashes."""
    return ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)
