"""The file outside the database that names who was erased, so that a restored backup can forget."""

import os
from pathlib import Path

from pydantic_core import to_json

from api.erasure.forgetting import Erasure
from api.files import keep_name
from api.problems import ErasureNotNoted
from domain.eventlog.chain import instant


def note(file: Path, erasure: Erasure) -> None:
    """Append a line of JSON, ids and codes only, that survives a crash of the machine.

    Raises ErasureNotNoted.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            write(descriptor, line(erasure))
        finally:
            os.close(descriptor)
        keep_name(file.parent)
    except OSError as failure:
        raise ErasureNotNoted from failure


def line(erasure: Erasure) -> bytes:
    """Return what is noted of an erasure."""
    content = {
        "companyId": erasure.company_id,
        "contactId": erasure.contact_id,
        "reason": erasure.reason,
        "position": erasure.position,
        "erasedAt": instant(erasure.recorded_at),
    }
    return to_json(content) + b"\n"


def write(descriptor: int, text: bytes) -> None:
    """Write a line in one piece, since several processes may write; then wait for the disk."""
    size = os.fstat(descriptor).st_size
    # half a line, from when the disk was full, must not spoil this one
    torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
    whole = b"\n" * torn + text
    if os.write(descriptor, whole) < len(whole):
        raise OSError
    os.fsync(descriptor)
