"""Hides what the code of a projection is made of, and where its checked-in fingerprint lies."""

import hashlib
import inspect
import json
from pathlib import Path
from typing import TypedDict

from projections.inline import VIEWS
from projections.kernel import View

NOTED = Path(__file__).with_name("projector_fingerprints.json")
READ_ONLY = {"queries.py", "question.py", "search.py", "statements.py", "__init__.py"}
"""Files that do not decide what stands in the rows."""


class Fingerprint(TypedDict):
    """What the version of a projection stands for."""

    version: int
    sha256: str


def current() -> dict[str, Fingerprint]:
    return {view.name: {"version": view.version, "sha256": code(view)} for view in VIEWS}


def noted() -> dict[str, Fingerprint]:
    known: dict[str, Fingerprint] = json.loads(NOTED.read_text(encoding="utf-8"))
    return known


def code(view: View) -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(inspect.getfile(type(view))).parent.iterdir()):
        if path.suffix in {".py", ".sql"} and path.name not in READ_ONLY:
            digest.update(path.name.encode() + b"\n" + path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    NOTED.write_text(json.dumps(current(), indent=2) + "\n", encoding="utf-8")
