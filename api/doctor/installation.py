"""What can be seen without the database: settings and the disk of the data directory."""

import os
import shutil
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

from api.audit.signing import SigningKeyError, signer
from api.doctor.finding import Finding, fine, note, wrong
from api.settings import Settings
from api.whereabouts import address

LEAST_BYTES = 1_000_000_000
LEAST_SHARE = 0.05
"""What must be free, in bytes and as a part of the disk."""


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at the settings and at what they name."""
    yield public_url(settings)
    yield signing_key(settings)
    if settings.checkpoint_dir is not None:
        yield checkpoints(settings.checkpoint_dir)
    yield erasure_notes(settings.erasure_notes)
    yield disk(settings)


def public_url(settings: Settings) -> Finding:
    """A service that others reach must know under which name."""
    if settings.public_url is None and not is_loopback(settings.host):
        return note(
            "configuration", "CONTACTS_PUBLIC_URL is not set: links will name host and port"
        )
    return fine("configuration", f"links start with {address(settings)}")


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def signing_key(settings: Settings) -> Finding:
    """Checkpoints need a key."""
    try:
        found = signer(settings)
    except SigningKeyError as failure:
        return wrong("signing key", str(failure))
    if found is None:
        return note("signing key", "there is none, so there are no checkpoints")
    return fine("signing key", "checkpoints can be signed")


def checkpoints(folder: Path) -> Finding:
    """A checkpoint that stays in the house proves nothing."""
    if not is_writable(folder / "company"):
        return wrong("checkpoints", f"{folder} cannot be written, so none leaves the house")
    return fine("checkpoints", f"written into {folder}")


def erasure_notes(file: Path) -> Finding:
    """Nobody can be erased when it cannot be noted."""
    if not is_writable(file):
        return wrong("erasures", f"{file} cannot be written, so nobody can be erased")
    return fine("erasures", f"noted in {file}; back it up with every backup")


def is_writable(file: Path) -> bool:
    """Tell whether a file can be written, or made with all folders above it."""
    place = file if file.exists() else nearest(file.parent)
    return os.access(place, os.W_OK) and (place == file or place.is_dir())


def nearest(folder: Path) -> Path:
    """Return the folder, or the first above it that is there."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def disk(settings: Settings) -> Finding:
    """The embedded server's data grows there; another server's disk cannot be seen from here."""
    usage = shutil.disk_usage(nearest(settings.data_dir.absolute()))
    said = (
        f"{usage.free / 1e9:,.1f} GB of {usage.total / 1e9:,.1f} GB are free for the data directory"
    )
    if settings.database_url is not None:
        return fine("disk", f"{said}; look at the database's own disk there")
    if usage.free < max(LEAST_BYTES, LEAST_SHARE * usage.total):
        return wrong("disk", f"only {said}")
    return fine("disk", said)
