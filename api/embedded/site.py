"""Where the cluster of a data directory lies, and how it is reached from any process."""

import contextlib
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from api.embedded.errors import EmbeddedMoved, EmbeddedNoPassword

ELSEWHERE = Path("/var/lib/contacts")
_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET = 103  # the smallest limit among the systems


@dataclass(frozen=True)
class Site:
    base: Path

    @property
    def pgdata(self) -> Path:
        return self.base / "postgres"

    @property
    def log(self) -> Path:
        return self.base / "postgres.log"

    @property
    def password_file(self) -> Path:
        return self.base / "postgres.password"

    @property
    def socket_dir(self) -> Path:
        """Beside the cluster, unless the path is too long for a socket or has what URLs lack."""
        near = self.base / "socket"
        if len(os.fsencode(near / _SOCKET)) <= _LONGEST_SOCKET and "," not in str(near):
            return near
        # Not the environment's temporary directory: all processes must find the same one.
        return Path(f"/tmp/contacts-{_short_hash(self.base)}")  # noqa: S108  # our own name in it

    def url(self) -> str:
        try:
            password = self.password_file.read_text().strip()
        except FileNotFoundError:
            raise EmbeddedNoPassword(
                f"{self.password_file} is missing, so the cluster cannot be opened. Put it back, "
                f"or move {self.pgdata} away to start with an empty one.",
            ) from None
        host = quote(os.fsencode(self.socket_dir), safe="")
        return f"postgresql://postgres:{password}@/contacts?host={host}&port=5432"


def find_site(data_dir: Path) -> Site:
    """Where the cluster is, or will be once the holder of the lock has settled it."""
    pointer = pointer_of(data_dir)
    try:
        place = Path(pointer.read_text().partition("\n")[0])
    except FileNotFoundError:
        return Site(data_dir)
    expected = site_elsewhere(data_dir).base
    if place != expected:
        raise EmbeddedMoved(
            f"{data_dir} was moved or copied since its cluster {place} was made. If it was moved, "
            f"rename {place} to {expected} and write that path into {pointer}; "
            "if it was copied, remove that file to start with an empty cluster.",
        )
    return Site(place)


def pointer_of(data_dir: Path) -> Path:
    return data_dir / "cluster-location.txt"


def site_elsewhere(data_dir: Path) -> Site:
    return Site(ELSEWHERE / _short_hash(data_dir))


def make_passable(folder: Path) -> None:
    """Whatever the umask is, but a folder that was there before keeps the rights it had."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
        folder.chmod(0o711)


def _short_hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
