"""The company Demo and its key, so that the first curl line works at once."""

import os
from pathlib import Path
from typing import Any

from psycopg import Connection

from api.companies import register
from api.keys import keyring
from api.keys.keyring import Scope

FILE = "demo.env"


def ensure(connection: Connection[Any], data_dir: Path, url: str) -> str | None:
    """Return the demo key, making company and key when there is no company yet.

    The key is kept in `demo.env` (mode 0600), since the database knows only its digest. None when
    there are companies but no such file: then the operator has keys of their own.
    """
    file = data_dir / FILE
    with connection.transaction():
        # two services may start at once; the second one must find the first one's company
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('contacts/demo', 0))")
        key = remembered(file)
        if not register.everyone(connection):
            company_id = register.create(connection, "Demo", "DE")
            _, key = keyring.create(connection, company_id, list(Scope))
        if key is not None:
            write(file, url, key)
    return key


def remembered(file: Path) -> str | None:
    """Return the key of an earlier start."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return None
    values = dict(line.partition("=")[::2] for line in lines)
    return values.get("CONTACTS_API_KEY")


def write(file: Path, url: str, key: str) -> None:
    """Replace the file in one step, readable by its owner alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{FILE}.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(f"CONTACTS_URL={url}\nCONTACTS_API_KEY={key}\n", "utf-8")
    fresh.replace(file)
