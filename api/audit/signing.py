"""The key that checkpoints are signed with: where it comes from, and its public half."""

import os
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from psycopg import Connection
from psycopg_pool import AsyncConnectionPool

from api.refusals import Refused
from api.settings import Settings

FILE = "signing-key.pem"

PUBLISH = "INSERT INTO edge.public_key (key_id, public_key) VALUES (%s, %s) ON CONFLICT DO NOTHING"


class SigningKeyError(Refused):
    """The signing key that is configured cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs; `key_id` is what SHA-256 of the 32 bytes of the public key begins with."""

    private_key: Ed25519PrivateKey
    key_id: str
    public_key: str

    def sign(self, text: str) -> str:
        """Return the Ed25519 signature over the text in UTF-8, in hexadecimal."""
        return self.private_key.sign(text.encode()).hex()


def signer(settings: Settings) -> Signer | None:
    """Return the configured signer; on the embedded server there always is one.

    Raises a SigningKeyError that names the setting.
    """
    if settings.signing_key is not None:
        return loaded(settings.signing_key.get_secret_value(), "CONTACTS_SIGNING_KEY")
    file = key_file(settings)
    if file is None:
        if settings.checkpoint_dir is not None or settings.checkpoint_url is not None:
            msg = "checkpoints can only be sent with a signing key; set CONTACTS_SIGNING_KEY_FILE"
            raise SigningKeyError(msg)
        return None
    try:
        text = file.read_text("ascii")
    except (OSError, UnicodeDecodeError) as unreadable:
        msg = f"the signing key in {file} cannot be read"
        raise SigningKeyError(msg) from unreadable
    return loaded(text, str(file))


def key_file(settings: Settings) -> Path | None:
    """Return where the key lies; on the embedded server it is made when there is none."""
    if settings.signing_key_file is not None or settings.database_url is not None:
        return settings.signing_key_file
    file = settings.data_dir / FILE
    if not file.exists():
        generate(file)
    return file


def generate(file: Path) -> None:
    """Make a key that only the owner of the file can read; whoever is first makes it."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, prefix=file.name) as fresh:  # with mode 0600
        fresh.write(pem)
        fresh.flush()
        with suppress(FileExistsError):
            os.link(fresh.name, file)


def loaded(text: str, origin: str) -> Signer:
    """Read a private key in PEM (PKCS 8), with or without its first and last line."""
    body = "".join(line for line in text.splitlines() if not line.startswith("-----"))
    try:
        key = load_der_private_key(b64decode(body), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as wrong:
        msg = f"{origin} holds no private key as `openssl genpkey -algorithm ed25519` makes it"
        raise SigningKeyError(msg) from wrong
    if not isinstance(key, Ed25519PrivateKey):
        msg = f"the key of {origin} is not one of Ed25519"
        raise SigningKeyError(msg)
    public = key.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return Signer(key, sha256(public.public_bytes_raw()).hexdigest()[:32], pem)


def publish(connection: Connection[Any], signer: Signer) -> None:
    """Keep the public key for good, so that old checkpoints can be checked after a change."""
    connection.execute(PUBLISH, (signer.key_id, signer.public_key))


@asynccontextmanager
async def published(
    signer: Signer | None, edge: AsyncConnectionPool[Any]
) -> AsyncIterator[Signer | None]:
    """Lend the signer, whose public key is kept before it signs anything."""
    if signer is not None:
        async with edge.connection() as connection:
            await connection.execute(PUBLISH, (signer.key_id, signer.public_key))
    yield signer
