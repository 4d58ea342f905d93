"""Altered rows, missing rows and events that nobody can digest are found, named and repaired."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import StoredEvent
from typer.testing import CliRunner, Result

from api.cli.main import app
from api.database import rebuilding
from domain.application.requests import Done, Outcome
from domain.eventlog.log import CompanyLog
from projections.rebuild.errors import RebuildError
from projections.rebuild.repairing import repair
from projections.state import measure
from tests.integration.logs import connected
from tests.integration.rebuilds import (
    Database,
    differing,
    digests,
    made_up,
    rebuilt,
    schemas,
    small_pieces,
    some_contacts,
)
from tests.integration.writing import asking, change, contacts

ALTERED = {
    "contact": "UPDATE read.contact SET notes = 'altered' WHERE contact_id = %s",
    "appointment": "DELETE FROM read.appointment WHERE contact_id = %s",
    "contact_count": "UPDATE read.contact_count SET contacts = contacts + 1 WHERE company_id = "
    "(SELECT company_id FROM read.contact WHERE contact_id = %s) AND tag = ''",
}


def with_a_meeting(database: Database) -> UUID:
    """Return a contact with rows in several tables."""
    query = "SELECT contact_id FROM read.appointment ORDER BY contact_id LIMIT 1"
    [[contact_id]] = database.execute(query).fetchall()
    assert isinstance(contact_id, UUID)
    return contact_id


@pytest.mark.parametrize("table", ALTERED)
def test_a_row_that_somebody_altered_is_found_named_and_put_right(
    own_database: Database, database_url: str, table: str
) -> None:
    made_up(own_database, 30, 90)
    contact_id = with_a_meeting(own_database)
    before = digests(own_database)
    own_database.execute(ALTERED[table].encode(), (contact_id,))
    report = rebuilt(database_url, verify=True)
    found = {name: t.first for name, t in report.comparison.tables.items() if t.different}
    named = company_of(own_database, contact_id) if table == "contact_count" else contact_id
    assert (report.proved, found) == (False, {table: [named]})
    assert schemas(own_database) == {"read"}
    assert rebuilt(database_url).switched
    assert digests(own_database) == before
    assert rebuilt(database_url, verify=True).proved


def company_of(database: Database, contact_id: UUID) -> UUID:
    """Return the company of a contact."""
    query = "SELECT company_id FROM read.contact WHERE contact_id = %s"
    [[company_id]] = database.execute(query, (contact_id,)).fetchall()
    assert isinstance(company_id, UUID)
    return company_id


@pytest.mark.parametrize("table", ALTERED)
def test_one_contact_is_repaired_in_place(
    own_database: Database, database_url: str, table: str
) -> None:
    made_up(own_database, 30, 90)
    contact_id = with_a_meeting(own_database)
    before = digests(own_database)
    own_database.execute(ALTERED[table].encode(), (contact_id,))
    assert repair(rebuilding(database_url), contact_id).wrong == [table]
    assert repair(rebuilding(database_url), contact_id).wrong == []
    assert digests(own_database) == before
    assert rebuilt(database_url, verify=True).proved


def test_a_contact_that_nobody_has_cannot_be_repaired(
    own_database: Database, database_url: str
) -> None:
    made_up(own_database, 3, 9)
    with pytest.raises(RebuildError, match="no company has a contact"):
        repair(rebuilding(database_url), uuid4())


def test_rows_that_are_missing_or_old_are_measured(own_database: Database) -> None:
    made_up(own_database, 30, 90)
    assert measure(own_database).healthy
    contact_id = with_a_meeting(own_database)
    own_database.execute(
        "UPDATE read.contact SET version = version - 1 WHERE contact_id = %s", (contact_id,)
    )
    state = measure(own_database)
    assert not state.healthy
    assert [(one.company_id, one.head - one.position) for one in state.behind] == [
        (company_of(own_database, contact_id), 1)
    ]


POISON = b'{"schema": 1, "nonce": "00", "data": {"colour": "blue"}}'
DELETED = b'{"schema": 1, "nonce": "00", "data": {}}'


@pytest.fixture
def poisoned(own_database: Database, database_url: str) -> tuple[UUID, UUID, int]:
    """Company, contact and position of an event that no code can read; another one follows."""
    made_up(own_database, 30, 90)
    [(company_id, contact_id)] = some_contacts(own_database, 1)
    [[version]] = own_database.execute(
        "SELECT max(version) FROM log.event WHERE contact_id = %s", (contact_id,)
    ).fetchall()
    events = [
        StoredEvent(contact_id, version + 1, "contact.tagged", POISON),
        StoredEvent(contact_id, version + 2, "contact.deleted", DELETED),
    ]
    log = CompanyLog(company_id, connected(database_url))
    position, _ = log.insert_events(events)
    return company_id, contact_id, position


def test_a_rebuild_stops_at_the_first_poison_event_and_names_it(
    own_database: Database, database_url: str, poisoned: tuple[UUID, UUID, int]
) -> None:
    company_id, contact_id, position = poisoned
    place = f"contact {contact_id} is broken at position {position} of company {company_id}"
    with pytest.raises(RebuildError, match=f"{place}: ValidationError in "):
        rebuilt(database_url)
    assert schemas(own_database) == {"read"}


def test_what_is_said_to_help_against_a_poison_event_can_be_done(
    database_url: str,
    empty_database_url: str,
    poisoned: tuple[UUID, UUID, int],
    tmp_path: Path,
) -> None:
    def run(url: str, *arguments: str) -> Result:
        return CliRunner().invoke(app, arguments, env={"DATABASE_URL": url})

    stopped = run(database_url, "projections", "rebuild")
    assert stopped.exit_code == 1
    assert f"at position {poisoned[2]} " in stopped.stderr
    assert "--skip-broken" in stopped.stderr
    backup = str(tmp_path / "backup")
    assert run(database_url, "backup", backup).exit_code == 0
    refused = run(empty_database_url, "restore", backup, "--accept-unerased")
    assert refused.exit_code == 1
    assert f"at position {poisoned[2]} " in refused.stderr
    assert "a version of the service that can read it" in refused.stderr
    assert "--skip-broken" not in refused.stderr


def test_poison_events_are_left_out_but_not_switched_to_unless_accepted(
    own_database: Database, database_url: str, poisoned: tuple[UUID, UUID, int]
) -> None:
    before = digests(own_database)
    report = rebuilt(database_url, skip_broken=True)
    assert [(one.company_id, one.contact_id, one.position) for one in report.broken] == [poisoned]
    assert (report.proved, report.switched) == (False, None)
    assert digests(own_database) == before
    accepted = rebuilt(database_url, skip_broken=True, accept_broken=True)
    assert accepted.switched
    assert len(accepted.broken) == 1
    query = "SELECT status FROM read.contact WHERE contact_id = %s"
    assert own_database.execute(query, (poisoned[1],)).fetchall() == [("deleted",)]


def test_a_rebuild_that_is_written_to_meanwhile_reports_no_difference(
    own_database: Database, database_url: str
) -> None:
    """Contacts change in each phase; the same ones after the comparison has begun."""
    made_up(own_database, 60, 180)
    side = contacts(database_url)
    phases: list[str] = []

    def tell(phase: str, _done: int, _total: int) -> None:
        if "switching" in phases:
            return  # what is written from then on, the previous read model does not have
        for company_id, contact_id in some_contacts(own_database, 20):
            wish = change(contact_id, notes=f"changed while {phase} {len(phases)}")
            (outcome,) = side.run([asking(company_id, wish)], wait=True)
            assert isinstance(outcome, Done)
        phases.append(phase)

    report = rebuilt(database_url, tell)
    side.close()
    assert {"reading the log", "comparing", "switching"} <= set(phases)
    assert report.proved
    assert differing(own_database, "read", "read_previous") == {}
    assert rebuilt(database_url, verify=True).proved


def test_an_address_that_moves_while_the_log_is_read_has_one_owner(
    own_database: Database, database_url: str
) -> None:
    """Whoever gave it up was read before, whoever took it is read after."""
    [company_id, *_] = made_up(own_database, 60, 180)
    side = contacts(database_url)
    query = "SELECT contact_id FROM read.contact WHERE company_id = %s ORDER BY contact_id"
    people = [contact_id for (contact_id,) in own_database.execute(query, (company_id,))]
    first, last = people[0], people[-1]
    steps = (change(first, email="moves@example.com"), change(last, email="other@example.com"))
    side.run([asking(company_id, step) for step in steps], wait=True)
    moved: list[Outcome] = []

    def tell(phase: str, done: int, total: int) -> None:
        if phase == "reading the log" and 0 < done < total and not moved:
            swap = (
                change(first, email="free@example.com"),
                change(last, email="moves@example.com"),
            )
            moved.extend(side.run([asking(company_id, step) for step in swap], wait=True))

    with small_pieces(10):
        report = rebuilt(database_url, tell)
    side.close()
    assert [type(outcome) for outcome in moved] == [Done, Done]
    assert report.proved
    assert differing(own_database, "read", "read_previous") == {}
