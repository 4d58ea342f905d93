"""Hides how tests/golden/tables.sql is made; to be removed with the first release."""

from api.migrations import schemas
from tests.house.checkout import ROOT
from tests.house.golden import TABLES, digest, noted, write

HEADER = "-- The tables of the first release, from which every later version's lead.\n\n"

if __name__ == "__main__":
    TABLES.write_text(HEADER + "\n".join(text.decode() for text in schemas()), encoding="utf-8")
    write(noted() | {TABLES.relative_to(ROOT).as_posix(): digest(TABLES)})
