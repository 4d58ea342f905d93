"""Keeps what rebuilds came to, for whoever asks later."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

Json = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """A rebuild, verification or rollback that came to its end."""

    kind: str
    ended_at: datetime
    report: Json

    def doubts(self, built_at: datetime) -> bool:
        """Tell whether it found something wrong in the live read model, of this time, that stands.

        A rebuild puts right what differs, unless it left events out. The way back leads to the rows
        of before, right or not. What other code would not digest is nothing against the live rows.
        """
        report = self.report
        of_live = report["sameCode"] or report["switched"]
        repaired = self.kind == "rebuild" and report["switched"] and not report["brokenCount"]
        return bool(of_live and not report["proved"] and not repaired and self.ended_at > built_at)


def note(connection: Connection[Any], kind: str, report: Json) -> None:
    """Write an entry."""
    connection.execute(
        "INSERT INTO edge.rebuild (kind, report) VALUES (%s, %s)", (kind, Jsonb(report))
    )


def last(connection: Connection[Any], *kinds: str) -> Entry | None:
    """Return the latest entry of these kinds."""
    row = connection.execute(
        "SELECT kind, ended_at, report FROM edge.rebuild WHERE kind = ANY (%s) "
        "ORDER BY rebuild_id DESC LIMIT 1",
        (list(kinds),),
    ).fetchone()
    return None if row is None else Entry(*row)
