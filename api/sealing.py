"""Seals what callers carry for us, cursors and links: they can neither read nor make one."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic_core import from_json, to_json

NONCE_BYTES = 12


class NotSealedHere(ValueError):
    """The text was sealed by somebody else, for another company or purpose, or was changed."""


class Sealer:
    """Seals with AES-GCM; what is sealed for one company opens for no other."""

    def __init__(self, secret: bytes) -> None:
        """`secret` is shared by all processes on one database."""
        self._cipher = AESGCM(secret)

    def seal(self, company_id: UUID, content: dict[str, Any]) -> str:
        """Return the content as an opaque text that may stand in a URL."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, to_json(content), company_id.bytes)
        return written(nonce + sealed)

    def open(self, company_id: UUID, text: str) -> dict[str, Any]:
        """Return the content; raises NotSealedHere."""
        try:
            raw = read(text)
            nonce, sealed = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
            content: dict[str, Any] = from_json(
                self._cipher.decrypt(nonce, sealed, company_id.bytes)
            )
        except (ValueError, InvalidTag) as foreign:
            raise NotSealedHere from foreign
        return content


def written(raw: bytes) -> str:
    """Write bytes with signs that mean nothing in a URL."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def read(text: str) -> bytes:
    """Read what `written` wrote, and nothing else: the decoder skips signs that it does not know.

    Who shows a cursor or link may rely on it to hold nothing but letters, digits, - and _.
    """
    raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    if written(raw) != text:
        msg = "not written by us"
        raise ValueError(msg)
    return raw
