"""Looking one contact up over HTTP, against a bare SELECT by primary key in the same edge."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from random import Random

import psycopg

from api.demo_data.load import Plan, load
from tests.bench import report
from tests.bench.rounds import Contest, Measure, Result, Section
from tests.bench.servers import SERVE, Server, company_id, migrated, serving, started
from tests.bench.stage import Stage

CLIENTS = 16
PEOPLE = Plan(rank=1, contacts=4_000, events=10_000)
REACH = 0.9
WHO = """\
- **contacts serve**: the contact with its appointments and form submissions, and the ETag. All who
  are asked for have an appointment, some have several.
- **bare SELECT**: the same application whose `GET /crm/{id}` selects the row of the contact by its
  primary key and answers it: the same key check, log line and counters, and nothing else.
"""
BOOKED = """
    SELECT contact_id::text, min(attendee_id) FROM read.appointment
    JOIN read.contact USING (company_id, contact_id) WHERE status = 'live'
    GROUP BY contact_id ORDER BY md5(contact_id::text)
"""


def part(stage: Stage) -> Section:
    """Ask for the same contacts by their ids and by those of attendees."""
    with contestants(stage) as (service, bare, url):
        with psycopg.connect(url, autocommit=True) as connection:
            load(connection, company_id(connection), PEOPLE, Random(1), lambda _: None)
            connection.execute("VACUUM ANALYZE")
            booked = connection.execute(BOOKED).fetchall()
        alone = partial(bare.ask, CLIENTS, [bare.get(f"/crm/{who}") for who, _ in booked])
        ways = {
            "by id": [f"/crm/{who}" for who, _ in booked],
            "by attendeeId": [f"/crm/details?attendeeId={name}" for _, name in booked],
        }
        results = [
            asked(stage, way, partial(service.ask, CLIENTS, list(map(service.get, paths))), alone)
            for way, paths in ways.items()
        ]
    return report.section("Details", WHO, results)


@contextmanager
def contestants(stage: Stage) -> Iterator[tuple[Server, Server, str]]:
    """Run both on one database."""
    url = migrated(stage.server_url, "details")
    command = (*SERVE, "tests.bench.contestants.bare:create")
    with (
        serving(url, stage.folder / "ours") as service,
        started(command, url, stage.folder / "bare") as (process, port),
    ):
        yield (
            service,
            Server("bare SELECT", port, process, service.postmaster, service.headers),
            url,
        )


def asked(stage: Stage, way: str, ours: Measure, bare: Measure) -> Result:
    """Hold the contest for one way to ask."""
    return stage.hold(
        Contest(
            title=f"Details {way} over HTTP, {CLIENTS} clients",
            unit="contacts",
            contestants={"contacts serve": ours, "bare SELECT": bare},
            reach={"bare SELECT": REACH},
        )
    )
