"""Opens a file for import: which kind it is, in which encoding, and how far it is read."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from typing import BinaryIO, TextIO

from api.imports.delimited import Delimited
from api.imports.inspection import Inspection, UnreadableFile, inspect
from api.imports.jsonlines import JsonLines
from api.imports.records import DAMAGED, Source
from api.imports.vcard import VCards

HEAD_CHARACTERS = 256
MARKING = "contacts.marking"


def marking(error: UnicodeError) -> tuple[str, int]:
    """Put a mark where a letter cannot be read, and go on behind it."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return DAMAGED, error.end


codecs.register_error(MARKING, marking)


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file whose records can be read."""

    found: Inspection
    source: Source
    file: BinaryIO

    @property
    def kind(self) -> str:
        """What it is, for people."""
        return f"{self.source.kind}, {self.found.encoding}"

    def read_bytes(self) -> int:
        """Return how far it is read."""
        return self.file.tell()


@contextmanager
def opened(file: BinaryIO) -> Iterator[OpenFile]:
    """Look at a file and lend it; raises UnreadableFile."""
    found = inspect(file)
    text = TextIOWrapper(file, encoding=found.encoding, errors=MARKING, newline="")
    try:
        yield OpenFile(found, source_of(text, complete=found.complete), file)
    finally:
        text.detach()


def source_of(text: TextIO, *, complete: bool) -> Source:
    """Tell the kinds apart by how they begin."""
    head = text.read(HEAD_CHARACTERS).lstrip("\ufeff").lstrip()
    text.seek(0)
    if head.upper().startswith("BEGIN:VCARD"):
        return VCards(text)
    if head.startswith("{"):
        return JsonLines(text)
    if head.startswith("["):
        raise UnreadableFile("the file is a JSON array; write one object a line, without brackets")
    return Delimited(text, complete=complete)
