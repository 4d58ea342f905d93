"""A backup in one file: what pg_dump wrote, and a manifest that says what must be in it."""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Literal
from uuid import UUID

from pydantic import BaseModel, ValidationError

from api.backups.errors import BackupError

FORMAT = "contacts-backup/1"
DUMP, MANIFEST = "database.dump", "manifest.json"
PIECE = 1 << 20


class Head(BaseModel):
    """Where the log of a company stood."""

    company_id: UUID
    position: int
    hash: str
    recorded_at: datetime


class Contents(BaseModel):
    """What a backup is said to hold."""

    service: str
    """Version of the service that made it."""
    postgres: str
    """Version of the server that it was made on."""
    made_at: datetime
    heads: list[Head]

    @property
    def events(self) -> int:
        """How many events there are in all logs."""
        return sum(head.position for head in self.heads)


class Manifest(Contents):
    """What a backup holds, and how to recognise that it is undamaged."""

    format: Literal["contacts-backup/1"] = "contacts-backup/1"
    bytes: int
    sha256: str


def write(file: BinaryIO, contents: Contents, dump: Iterable[bytes]) -> Manifest:
    """Write a backup; the dump is compressed already."""
    digest, size = sha256(), 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        with archive.open(DUMP, "w", force_zip64=True) as member:
            for piece in dump:
                member.write(piece)
                digest.update(piece)
                size += len(piece)
        manifest = Manifest(**contents.model_dump(), bytes=size, sha256=digest.hexdigest())
        archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
    return manifest


def read_manifest(path: Path) -> Manifest:
    """Return what a backup says of itself; raises BackupError when the file is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            return Manifest.model_validate_json(archive.read(MANIFEST))
    except (OSError, KeyError, ValidationError, zipfile.BadZipFile) as wrong:
        raise BackupError(f"{path} is no complete backup in the format {FORMAT}") from wrong


def pieces(path: Path) -> Iterator[bytes]:
    """Yield the dump; raises BackupError where it is damaged."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(DUMP) as member:
            while piece := member.read(PIECE):
                yield piece
    except (OSError, KeyError, zipfile.BadZipFile, EOFError) as wrong:
        raise BackupError(f"{path} is damaged; use another backup") from wrong


def check(path: Path, manifest: Manifest) -> None:
    """Read the whole dump and compare it with the manifest; raises BackupError."""
    digest, size = sha256(), 0
    for piece in pieces(path):
        digest.update(piece)
        size += len(piece)
    if (size, digest.hexdigest()) != (manifest.bytes, manifest.sha256):
        raise BackupError(f"{path} is damaged; use another backup")
