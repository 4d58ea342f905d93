"""Hides how canaries are made, and in which disguises they are looked for."""

import math
from base64 import b64encode
from collections.abc import Iterator
from random import Random

LETTERS = "bcdfghjkmnpqrstvwxz"


class Canaries:
    """Texts that stand nowhere else; each is remembered by the part that every spelling keeps."""

    def __init__(self) -> None:
        """None were made yet."""
        self._random = Random()
        self.traces: dict[str, bytes] = {}

    def word(self) -> str:
        """Return a new one with an umlaut, which may be folded."""
        return f"Käse{self.plain()}"

    def plain(self) -> str:
        """Return a new one in ASCII."""
        letters = "".join(self._random.choices(LETTERS, k=14))
        self.traces[f"{len(self.traces)} {letters}"] = letters.encode()
        return letters

    def address(self) -> str:
        """Return a new e-mail address."""
        return f"{self.plain()}@example.com"

    def mobile(self) -> str:
        """Return a new and valid number."""
        digits = "".join(self._random.choices("0123456789", k=7))
        self.traces[f"+491512{digits}"] = f"1512{digits}".encode()
        return f"+49 (1512) {digits[:3]}-{digits[3:]}"

    def found(self, text: bytes) -> set[str]:
        """Return those of which the text knows something, in whatever encoding."""
        heard = text.lower()
        return {
            name
            for name, trace in self.traces.items()
            if any(disguise in heard for disguise in disguises(trace))
        }


def disguises(trace: bytes) -> Iterator[bytes]:
    """Yield it as it is, in UTF-16, hexadecimal and percent-encoded, and in base64 at any place."""
    yield trace
    yield trace.decode().encode("utf-16-le")
    yield trace.hex().encode()
    yield b"".join(b"%%%02x" % sign for sign in trace)
    for before in range(3):
        inside = slice(math.ceil(before * 8 / 6), (before + len(trace)) * 8 // 6)
        yield b64encode(b"x" * before + trace + b"xxx")[inside].lower()
