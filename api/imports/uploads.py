"""Keeps uploaded files in the database, in pieces, until their imports have ended."""

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from psycopg import Connection

from api.imports.register import COLUMNS, Import

PIECE_BYTES = 1_048_576

INSERT = "INSERT INTO edge.import_piece (company_id, import_id, nth, piece) VALUES (%s, %s, %s, %s)"
PIECE = "SELECT piece FROM edge.import_piece WHERE company_id = %s AND import_id = %s AND nth = %s"
DROP = "DELETE FROM edge.import_piece WHERE company_id = %s AND import_id = %s"
LYING = (
    f"SELECT {COLUMNS} FROM edge.import i WHERE state = 'running' AND EXISTS ("  # noqa: S608
    "SELECT FROM edge.import_piece p "
    "WHERE p.company_id = i.company_id AND p.import_id = i.import_id) ORDER BY started_at"
)


def keep(connection: Connection[Any], one: Import, file: BinaryIO) -> None:
    """Keep a file, from where it is."""
    connection.execute(DROP, one.key)
    nth = 0
    while piece := file.read(PIECE_BYTES):
        connection.execute(INSERT, (*one.key, nth, piece))
        nth += 1


def fetched(connection: Connection[Any], one: Import) -> BinaryIO:
    """Return a file that was kept, without a name on this machine."""
    file: BinaryIO = TemporaryFile()  # noqa: SIM115  # its reader closes it
    file.writelines(pieces(connection, one))
    file.seek(0)
    return file


def pieces(connection: Connection[Any], one: Import) -> Iterator[bytes]:
    """Yield the pieces in their order."""
    nth = 0
    while row := connection.execute(PIECE, (*one.key, nth)).fetchone():
        yield row[0]
        nth += 1


def drop(connection: Connection[Any], one: Import) -> None:
    """Forget a file."""
    connection.execute(DROP, one.key)


def lying(connection: Connection[Any]) -> list[Import]:
    """Return the imports of uploaded files that have not ended, whoever works on them."""
    return [Import(*row) for row in connection.execute(LYING)]
