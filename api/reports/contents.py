"""Collects all that is kept of one person into the files of an access report."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any
from uuid import UUID

from psycopg import Connection, IsolationLevel
from pydantic_core import to_json
from rich.console import Console

from api.companies import register
from api.contacts import rendering
from api.erasure.forgetting import addresses_of
from api.history import past, replay, telling
from api.history.instants import head
from api.history.printing import tell
from api.imports import mentions as imports
from api.intake import mentions as intake
from api.intake.mentions import Mention
from api.reports import disclosures
from api.reports.consents import consents
from api.reports.readme import About, readme
from domain.contact import events as e
from domain.eventlog.mapper import decode
from projections.inline import CONTACTS, ContactRows

Json = dict[str, Any]
Files = Iterator[tuple[str, bytes]]

WIDTH = 120
"""Letters a line of the history, as fits a page in landscape."""

SHOWING = {e.Created.TOPIC, e.Restored.TOPIC}
HIDING = {e.Deleted.TOPIC, e.Erased.TOPIC}


@dataclass(frozen=True, slots=True)
class Report:
    """The files of a report by name, and how many of its deliveries speak of others as well."""

    files: dict[str, bytes]
    position: int
    of_several: int


def report(connection: Connection[Any], company_id: UUID, contact_id: UUID) -> Report:
    """Collect what is kept of a contact at one instant; ContactNotFound when there is none."""
    connection.rollback()
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    [[now]] = connection.execute("SELECT now()").fetchall()
    position, _ = head(connection, company_id)
    stream = replay.stream_of(connection, company_id, contact_id)
    rows = replay.folded(company_id, contact_id, stream)
    addresses = addresses_of([decode(logged.topic, logged.state) for logged in stream])
    spoken_of = intake.mentions(connection, company_id, contact_id, addresses)
    complained_of = imports.mentions(connection, company_id, contact_id, addresses)
    files = {
        **dict(current(rows, now)),
        **dict(happened(connection, company_id, stream)),
        **dict(delivered(spoken_of)),
        "imports.json": shown([refused(one) for one in complained_of]),
        "recipients.json": shown(recipients(connection, company_id, stream)),
    }
    company = register.name_of(connection, company_id)
    about = About(contact_id, company, rows.of(CONTACTS)[()].status, now, position)
    several = sum(one.of_several for one in spoken_of)
    return Report({"README.txt": readme(about, files.keys()).encode(), **files}, position, several)


def current(rows: ContactRows, now: datetime) -> Files:
    """Yield the contact as the API shows it, also when it is deleted; nothing of an erased one."""
    if rows.of(CONTACTS)[()].status == "erased":
        return
    content = past.details(rows, now)
    yield "contact.json", shown(content)
    yield "appointments.json", shown(content["appointments"])
    yield "form-submissions.json", shown(content["formSubmissions"])


def happened(connection: Connection[Any], company_id: UUID, stream: replay.Stream) -> Files:
    """Yield the history, for people and for programs, and the consents that stand in it."""
    contact_id = replay.contact_of(stream)
    events = telling.history(connection, company_id, contact_id)["events"]
    yield "history.txt", printed(events)
    yield "history.json", shown({"contactId": contact_id, "events": events})
    if not replay.is_erased(stream):
        yield "consents.json", shown(consents(events))


def delivered(found: Sequence[Mention]) -> Files:
    """Yield a list of the webhooks that speak of the contact, and each that is kept as it came."""
    yield (
        "deliveries.json",
        shown(
            [
                {
                    "id": one.delivery_id,
                    "source": one.source,
                    "receivedAt": rendering.instant(one.received_at),
                    "state": one.state,
                    "reason": one.reason,
                    "file": None if one.body is None else place(one),
                    "speaksOfOthersToo": one.of_several,
                }
                for one in found
            ]
        ),
    )
    yield from ((place(one), one.body) for one in found if one.body is not None)


def refused(one: imports.Mention) -> Json:
    """Tell a row of an import that was not taken as it came."""
    return {
        "importId": one.import_id,
        "startedAt": rendering.instant(one.started_at),
        "row": one.row,
        "status": one.status,
        "complaints": one.complaints,
        "sent": one.sent,
    }


def place(one: Mention) -> str:
    """Name the file of a delivery."""
    return f"deliveries/{one.delivery_id}.json"


def recipients(connection: Connection[Any], company_id: UUID, stream: replay.Stream) -> Json:
    """Tell who is recorded as having got data of the contact."""
    contact_id = replay.contact_of(stream)
    told = disclosures.of_contact(connection, company_id, contact_id)
    return {
        # a list of contacts leaves out who is deleted at its time
        "disclosures": [
            one for one in told if one["kind"] != "export" or listed(stream, one["upToPosition"])
        ],
        "mails": disclosures.mails(connection, company_id, contact_id),
    }


def listed(stream: replay.Stream, position: int) -> bool:
    """Tell whether the contact was in lists at a position; kinds of events survive an erasure."""
    turns = [
        logged.topic
        for logged in stream
        if logged.position <= position and logged.topic in SHOWING | HIDING
    ]
    return bool(turns) and turns[-1] in SHOWING


def printed(events: Sequence[Json]) -> bytes:
    """Print a history as plain text, whatever terminal the command runs on."""
    paper = StringIO()
    console = Console(file=paper, width=WIDTH, color_system=None, force_terminal=False)
    tell(console, events)
    return "\n".join(line.rstrip() for line in paper.getvalue().splitlines()).encode() + b"\n"


def shown(content: object) -> bytes:
    """Write JSON that people can read as well."""
    return to_json(content, indent=2) + b"\n"
