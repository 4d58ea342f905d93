"""Erases again whom a backup brings back, by the notes that lie outside the database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Connection
from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_camel
from uuid_utils.compat import uuid7

from api.backups.errors import BackupError
from api.erasure.eraser import Eraser
from domain.application.requests import ById, Request, Step
from domain.contact.commands import EraseContact
from domain.eventlog.log import Meta

# A log that goes as far as the note has the erasure there, or it was never committed.
BROUGHT_BACK = """
    SELECT FROM log.event JOIN log.company_log AS head USING (company_id)
    WHERE company_id = %(company_id)s AND contact_id = %(contact_id)s
    HAVING count(*) FILTER (WHERE topic = 'contact.erased') = 0
    AND max(head.position) < %(position)s
"""


class Note(BaseModel, alias_generator=to_camel):
    """A line of the file, as far as it is needed."""

    company_id: UUID
    contact_id: UUID
    reason: str
    position: int


def noted(file: Path) -> list[Note]:
    """Return the last note of everybody in the file; raises BackupError if it cannot be read."""
    try:
        lines = file.read_bytes().splitlines()
    except OSError as missing:
        raise BackupError(
            f"the erasures noted since the backup cannot be read from {file}, so people who were "
            "erased would be back; set CONTACTS_ERASURES_FILE, or accept that with "
            "--accept-unerased"
        ) from missing
    notes = {(note.company_id, note.contact_id): note for note in understood(lines)}
    return list(notes.values())


def understood(lines: list[bytes]) -> Iterator[Note]:
    """Yield the lines that are whole; half a line is from an erasure that was not committed."""
    for line in lines:
        try:
            yield Note.model_validate_json(line)
        except ValidationError:
            continue


def apply(url: str, file: Path, notes: list[Note], connection: Connection[Any]) -> int:
    """Erase those of them whom the backup has brought back; returns how many."""
    eraser = Eraser(url, file)
    erased = 0
    try:
        for note in notes:
            if connection.execute(BROUGHT_BACK, note.model_dump()).fetchone() is not None:
                eraser.erase(wish(note))
                erased += 1
    finally:
        eraser.close()
    return erased


def wish(note: Note) -> Request:
    """Ask for the erasure once more."""
    meta = Meta(source="restore", request_id=str(uuid7()))
    step = Step(ById(note.contact_id), EraseContact(note.reason))
    return Request(note.company_id, (step,), meta)
