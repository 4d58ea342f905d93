"""Remembers imports: how far each has come, and the verdict of each row."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb
from pydantic_core import from_json, to_json

from api.imports.verdicts import STATUSES, Complaint, Counts, Verdict
from api.refusals import Refused

COLUMNS = (
    "company_id, import_id, digest, options, columns, kind, actor, state, reason, position, size, "
    "read_bytes, created, updated, unchanged, skipped, failed"
)
HEAD = "(SELECT position FROM log.company_log WHERE company_id = %(company_id)s)"
INSERT = (
    "INSERT INTO edge.import (company_id, import_id, digest, options, actor, size, position) "
    "VALUES (%(company_id)s, %(import_id)s, %(digest)s, %(options)s, %(actor)s, %(size)s, "
    + HEAD
    + ")"
)
FIND = f"SELECT {COLUMNS} FROM edge.import WHERE company_id = %s AND import_id = %s"  # noqa: S608
INTERRUPTED = (
    f"SELECT {COLUMNS} FROM edge.import "  # noqa: S608  # names are ours
    "WHERE company_id = %s AND digest = %s AND options = %s AND state = 'running' "
    "ORDER BY started_at DESC LIMIT 1"
)
DESCRIBE = "UPDATE edge.import SET kind = %s, columns = %s WHERE company_id = %s AND import_id = %s"
ADVANCE = (
    f"UPDATE edge.import SET position = {HEAD}, read_bytes = %(read_bytes)s, "  # noqa: S608
    + ", ".join(f"{status} = {status} + %({status})s" for status in STATUSES)
    + " WHERE company_id = %(company_id)s AND import_id = %(import_id)s"
)
END = (
    "UPDATE edge.import SET state = %s, reason = %s, ended_at = now() "
    "WHERE company_id = %s AND import_id = %s"
)
COPY_ROWS = (
    "COPY edge.import_row (company_id, import_id, row, status, contact_id, complaints, sent) "
    "FROM STDIN"
)
RECORDED = (
    "SELECT request_id, contact_id, min(version) FROM log.event "
    "WHERE company_id = %s AND position > %s AND starts_with(request_id, %s) "
    "GROUP BY request_id, contact_id"
)
ROWS = (
    "SELECT row, status, contact_id, complaints, sent FROM edge.import_row "
    "WHERE company_id = %s AND import_id = %s AND status = ANY (%s) AND row > %s "
    "ORDER BY row LIMIT %s"
)
CLAIM = "SELECT pg_try_advisory_lock(hashtextextended('contacts/import/' || %s, 0))"
ROWS_A_TRIP = 1_000


class ImportNotPossible(Refused):
    """An import cannot be begun, continued or taken back; the message says why."""


@dataclass(frozen=True, slots=True)
class Import:
    """An import, as far as it has come."""

    company_id: UUID
    import_id: UUID
    digest: bytes
    options: dict[str, Any]
    columns: dict[str, str] = field(default_factory=dict)
    kind: str = ""
    actor: str = ""
    state: str = "running"
    reason: str | None = None
    position: int = 0
    size: int = 0
    read_bytes: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0

    @property
    def counts(self) -> Counts:
        """How many rows of each kind have a verdict."""
        return Counts(self.created, self.updated, self.unchanged, self.skipped, self.failed)

    @property
    def key(self) -> tuple[UUID, UUID]:
        """What names it."""
        return self.company_id, self.import_id


def begin(connection: Connection[Any], new: Import) -> Import:
    """Remember an import before its first row."""
    options = Jsonb(new.options)
    named = {name: getattr(new, name) for name in ("company_id", "import_id", "digest", "size")}
    connection.execute(INSERT, {**named, "options": options, "actor": new.actor})
    return find(connection, *new.key)


def find(connection: Connection[Any], company_id: UUID, import_id: UUID) -> Import:
    """Return an import; raises ImportNotPossible when there is none."""
    row = connection.execute(FIND, (company_id, import_id)).fetchone()
    if row is None:
        raise ImportNotPossible(f"this company has no import {import_id}")
    return Import(*row)


def interrupted(
    connection: Connection[Any], company_id: UUID, digest: bytes, options: dict[str, Any]
) -> Import | None:
    """Return the import of the same file with the same options that has not come to its end."""
    row = connection.execute(INTERRUPTED, (company_id, digest, Jsonb(options))).fetchone()
    return None if row is None else Import(*row)


def claim(connection: Connection[Any], import_id: UUID) -> bool:
    """Make this connection the only one that works on an import; a lost connection gives it up."""
    row = connection.execute(CLAIM, (str(import_id),)).fetchone()
    return row is not None and bool(row[0])


def describe(connection: Connection[Any], one: Import, kind: str, columns: dict[str, str]) -> None:
    """Keep what the file turned out to be."""
    connection.execute(DESCRIBE, (kind, Jsonb(columns), *one.key))


def note(
    connection: Connection[Any], one: Import, verdicts: Sequence[Verdict], read_bytes: int
) -> None:
    """Keep the verdicts of the next rows, and that they have them."""
    counts = Counts()
    with connection.transaction():
        with connection.cursor() as cursor, cursor.copy(COPY_ROWS) as copy:
            for verdict in verdicts:
                counts.add(verdict)
                copy.write_row((*one.key, *stored(verdict)))
        named = dict(zip(STATUSES, counts.values(), strict=True))
        key = {"company_id": one.company_id, "import_id": one.import_id}
        connection.execute(ADVANCE, {**named, **key, "read_bytes": read_bytes})


def end(connection: Connection[Any], one: Import, state: str, reason: str | None = None) -> None:
    """Note how it ended."""
    connection.execute(END, (state, reason, *one.key))


def recorded(connection: Connection[Any], one: Import) -> dict[int, Verdict]:
    """Return the verdicts that the log gives to rows which were written and not noted."""
    prefix = f"{one.import_id}/"
    found = connection.execute(RECORDED, (one.company_id, one.position, prefix)).fetchall()
    verdicts = {}
    for request_id, contact_id, first_version in found:
        row = int(request_id.removeprefix(prefix))
        status = "created" if first_version == 1 else "updated"
        verdicts[row] = Verdict(row, status, contact_id)  # type: ignore[arg-type]  # one of two
    return verdicts


def verdicts(
    connection: Connection[Any], one: Import, statuses: Sequence[str] = STATUSES
) -> Iterator[Verdict]:
    """Yield the verdicts of these kinds, in the order of the rows."""
    after = 0
    while some := page(connection, one, statuses, after):
        yield from some
        after = some[-1].row


def page(
    connection: Connection[Any], one: Import, statuses: Sequence[str], after: int
) -> list[Verdict]:
    """Return the next verdicts of these kinds behind a row."""
    arguments = (*one.key, list(statuses), after, ROWS_A_TRIP)
    return [loaded(row) for row in connection.execute(ROWS, arguments)]


def stored(verdict: Verdict) -> tuple[Any, ...]:
    """Return a verdict as its row; PostgreSQL keeps no U+0000, which a damaged row may hold."""
    wrong = [astuple(complaint) for complaint in verdict.complaints]
    sent = verdict.sent if isinstance(verdict.sent, str | None) else to_json(verdict.sent).decode()
    return (
        verdict.row,
        verdict.status,
        verdict.contact_id,
        None if not wrong else to_json(wrong).decode().replace("\\u0000", "\\ufffd"),
        None if sent is None else sent.replace("\0", "\ufffd"),
    )


def loaded(row: Sequence[Any]) -> Verdict:
    """Return a row as its verdict."""
    number, status, contact_id, wrong, sent = row
    complaints = tuple(Complaint(*complaint) for complaint in wrong or ())
    return Verdict(number, status, contact_id, complaints, sent)


def cells(sent: str | list[str]) -> list[str]:
    """Return the cells of a row of a table, however it was kept."""
    return from_json(sent) if isinstance(sent, str) else sent
