"""Remembers who occurred in a file already, in little memory however long the file is."""

import hashlib
import secrets
import sqlite3
from collections.abc import Iterable

CACHE_KB = 8_192


class Seen:
    """Key → the first row that had it, in a temporary database that spills over to disk.

    Only keyed hashes of the keys are kept, and nothing survives this object.
    """

    def __init__(self) -> None:
        """Nobody has been seen."""
        self._secret = secrets.token_bytes(16)
        self._rows = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._rows.execute("PRAGMA journal_mode = OFF")
        self._rows.execute("PRAGMA synchronous = OFF")
        self._rows.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        self._rows.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, row INTEGER) WITHOUT ROWID")
        self._rows.execute("BEGIN")

    def first(self, keys: Iterable[str], row: int) -> int:
        """Return the first row that had one of these keys; this one when none had."""
        digests = [self._digest(key) for key in keys]
        for digest in digests:
            found = self._rows.execute("SELECT row FROM seen WHERE key = ?", (digest,)).fetchone()
            if found is not None:
                return int(found[0])
        self._rows.executemany("INSERT INTO seen VALUES (?, ?)", [(d, row) for d in set(digests)])
        return row

    def close(self) -> None:
        """Forget everybody."""
        self._rows.close()

    def _digest(self, key: str) -> bytes:
        return hashlib.blake2b(key.encode(), key=self._secret, digest_size=16).digest()
