"""Finds out in which encoding a file is written, and refuses what is no text."""

import codecs
import hashlib
import re
from dataclasses import dataclass
from typing import BinaryIO

from charset_normalizer import CharsetMatch, from_bytes

from api.refusals import Refused

HEAD_BYTES = 65_536
BLOCK_BYTES = 1_048_576

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
BINARY = (
    (b"PK\x03\x04", "an Excel workbook or another archive; save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook; save the sheet as CSV"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "compressed; unpack it first"),
)
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
"""What hardly stands in a text: damaged ones have some in single lines, others in most of them."""

LEGACY = [
    *("cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859_2"),
    *("cp850", "cp852", "mac_roman", "cp932", "gb18030", "big5", "cp949"),
]
"""What a file may be written in that is neither Unicode nor from Western Europe."""

SIGNS = "€–—\u2018’“”„…«»°§·•©®™£ªº¿¡š\xa0"
WESTERN = set("äöüßéèêëàâáãåæçñíìîïóòôõøœúùûýÿ") | set(SIGNS)


class UnreadableFile(Refused):
    """The file cannot be imported; the message says why, and what helps."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a file is, before a row of it is read."""

    encoding: str
    digest: bytes
    """Its SHA-256."""
    size: int
    """In bytes."""
    complete: bool
    """Whether it ends with the end of a line."""


def inspect(file: BinaryIO) -> Inspection:
    """Read a file once, in blocks, and leave it at its start; raises UnreadableFile."""
    head = file.read(HEAD_BYTES)
    file.seek(0)
    encoding = of_unicode(head)
    digest, size, last = hashlib.sha256(), 0, b""
    decoder, foreign = codecs.getincrementaldecoder("utf-8")(), bytearray()
    while block := file.read(BLOCK_BYTES):
        digest.update(block)
        size, last = size + len(block), block[-4:]
        if encoding is None and (foreign or not decodes(decoder, block)):
            foreign += lines_with_umlauts(block)[: HEAD_BYTES - len(foreign)]
    file.seek(0)
    if encoding is None:
        encoding = "utf-8" if mostly_unicode(bytes(foreign)) else of_eight_bits(bytes(foreign))
    complete = last.rstrip(b"\0").endswith((b"\n", b"\r"))
    return Inspection(encoding, digest.digest(), size, complete)


def of_unicode(head: bytes) -> str | None:
    """Return the encoding that the first bytes tell; None when only all of them can."""
    for mark, encoding in BOMS:
        if head.startswith(mark):
            return encoding
    for magic, what in BINARY:
        if head.startswith(magic):
            raise UnreadableFile(f"the file is {what}")
    if not head.strip():
        raise UnreadableFile("the file is empty")
    if b"\0" not in head:
        return None
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = head[offset::2].count(0), head[1 - offset :: 2].count(0)
        if zeros > len(head) // 4 and zeros > 10 * others:
            return encoding
    lines = head.splitlines()
    if 2 * sum(CONTROL.search(line) is not None for line in lines) <= len(lines):
        return None
    raise UnreadableFile(
        "the file is no text, or UTF-16 without its mark; save the list as CSV in UTF-8"
    )


def decodes(decoder: codecs.IncrementalDecoder, block: bytes) -> bool:
    """Tell whether the file is UTF-8 so far; a letter may lie across two blocks."""
    try:
        decoder.decode(block)
    except UnicodeDecodeError:
        return False
    return True


def lines_with_umlauts(block: bytes) -> bytes:
    """Return the lines that tell one encoding from another."""
    return b"\n".join(line for line in block.splitlines() if not line.isascii())


def mostly_unicode(sample: bytes) -> bool:
    """Tell whether the lines are UTF-8 but for some damaged ones; hardly a line is so by chance."""
    lines = sample.splitlines()
    damaged = sum(not decodes(codecs.getincrementaldecoder("utf-8")(), line) for line in lines)
    return 2 * damaged <= len(lines)


def of_eight_bits(sample: bytes) -> str:
    """Guess: Windows-1252 where it reads like a Western European language, else ask the library.

    The library alone takes short German texts for Polish or Turkish ones, and the other way round.
    """
    signs = [sign for sign in sample.decode("cp1252", "replace").lower() if not sign.isascii()]
    if sum(sign in WESTERN for sign in signs) >= 0.9 * len(signs):
        return "cp1252"
    guesses = list(from_bytes(sample, cp_isolation=LEGACY))
    return max(guesses, key=letters).encoding if guesses else "cp1252"


def letters(guess: CharsetMatch) -> float:
    """Tell which share of the signs beyond ASCII are letters: names consist of them."""
    signs = [sign for sign in str(guess) if not sign.isascii()]
    return sum(sign.isalpha() for sign in signs) / max(1, len(signs))
