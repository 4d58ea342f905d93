"""The company Demo and its key, so that the first curl line works at once."""

import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from psycopg import Connection

from api.companies import register
from api.keys import keyring
from api.keys.keyring import Scope

FILE = "demo.env"


def ensure(connection: Connection[Any], data_dir: Path, url: str) -> tuple[str, Path] | None:
    """Return the demo key and its file, making company and key when there is no company yet.

    The key is kept in a file (mode 0600), since the database knows only its digest. A file whose
    key another database made is left alone. None when there are companies but no key for them:
    then the operator has keys of their own.
    """
    with connection.transaction():
        # two services may start at once; the second one must find the first one's company
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('contacts/demo', 0))")
        if (known := made_before(connection, data_dir, url)) is not None:
            return known
        if register.everyone(connection):
            return None
        company_id = register.create(connection, "Demo", "DE")
        _, key = keyring.create(connection, company_id, list(Scope), name="demo")
        file = data_dir / FILE
        if file.exists():
            file = data_dir / f"demo-{company_id}.env"
        write(file, url, key)
        return key, file


def made_before(connection: Connection[Any], data_dir: Path, url: str) -> tuple[str, Path] | None:
    """Return a demo key that is good here and its file, which is told where we listen now."""
    for file in sorted(data_dir.glob("demo*.env")):
        known = remembered(file)
        key = known.get("CONTACTS_API_KEY", "")
        if keyring.exists(connection, key):
            if not answers(known.get("CONTACTS_URL", "")):
                write(file, url, key)
            return key, file
    return None


def remembered(file: Path) -> dict[str, str]:
    """Return what an earlier start has written; nothing if it cannot be read."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    return dict(line.partition("=")[::2] for line in lines)


def answers(url: str) -> bool:
    """Tell whether a service listens there, as it does while two of them run."""
    try:
        address = urlsplit(url)
        socket.create_connection((address.hostname or "", address.port or 0), 0.5).close()
    except (OSError, ValueError):
        return False
    return True


def write(file: Path, url: str, key: str) -> None:
    """Replace the file in one step, readable by its owner alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(f"CONTACTS_URL={url}\nCONTACTS_API_KEY={key}\n", "utf-8")
    fresh.replace(file)
