"""Remembers who occurred in a file already, in little memory however long the file is."""

import hashlib
import secrets
import sqlite3
from collections.abc import Iterable, Sequence

CACHE_KB = 8_192


class Seen:
    """Key → the row that has it, in a temporary database that spills over to disk.

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

    def rows(self, keys: Sequence[str]) -> dict[str, int]:
        """Return the rows that have these keys; some thousands may be asked for at once."""
        digests = {self._digest(key): key for key in keys}
        places = ",".join("?" * len(digests))
        query = f"SELECT key, row FROM seen WHERE key IN ({places})"  # noqa: S608  # question marks
        return {digests[found]: row for found, row in self._rows.execute(query, tuple(digests))}

    def add(self, pairs: Iterable[tuple[str, int]]) -> None:
        """Remember keys with their rows; who has a key keeps it."""
        digests = ((self._digest(key), row) for key, row in pairs)
        self._rows.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", digests)

    def close(self) -> None:
        """Forget everybody."""
        self._rows.close()

    def _digest(self, key: str) -> bytes:
        return hashlib.blake2b(key.encode(), key=self._secret, digest_size=16).digest()
