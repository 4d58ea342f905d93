"""`rollback` brings the read model from before up to date and serves it again."""

import pytest

from api.database import rebuilding
from domain.application.requests import Done
from projections.rebuild.errors import RebuildError
from projections.rebuild.rebuilding import rollback
from tests.integration.rebuilds import (
    Database,
    differing,
    erase,
    made_up,
    quiet,
    rebuilt,
    schemas,
    some_contacts,
)
from tests.integration.writing import asking, change, contacts, creating


def test_there_and_back_no_write_is_lost(own_database: Database, database_url: str) -> None:
    [company_id, *_] = made_up(own_database, 60, 180)
    rebuilt(database_url)
    side = contacts(database_url)
    wishes = [
        asking(company, change(contact, notes="between"))
        for company, contact in some_contacts(own_database, 20)
    ]
    outcomes = side.run([*wishes, creating(company_id, email="new@example.com")])
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    erase(database_url, *some_contacts(own_database, 21)[-1])
    for _ in range(2):
        report = rollback(rebuilding(database_url), quiet)
        assert report.proved
        assert report.switched
        assert differing(own_database, "read", "read_previous") == {}
        assert schemas(own_database) == {"read", "read_previous"}
    (outcome,) = side.run([creating(company_id, email="after@example.com")])
    assert isinstance(outcome, Done)
    side.close()
    assert rebuilt(database_url, verify=True).proved


def test_without_a_read_model_from_before_there_is_no_way_back(
    own_database: Database, database_url: str
) -> None:
    with pytest.raises(RebuildError, match="no previous read model"):
        rollback(rebuilding(database_url), quiet)
    assert schemas(own_database) == {"read"}


def test_only_the_code_that_built_it_leads_back(own_database: Database, database_url: str) -> None:
    rebuilt(database_url)
    own_database.execute("UPDATE read_previous.model SET fingerprint = 'another'")
    with pytest.raises(RebuildError, match="another version"):
        rollback(rebuilding(database_url), quiet)
    assert schemas(own_database) == {"read", "read_previous"}


def test_counters_are_right_although_another_version_forgot_somebody(
    own_database: Database, database_url: str
) -> None:
    """It cannot know how this code counts, so it leaves the counters as they are."""
    made_up(own_database, 30, 90)
    rebuilt(database_url)
    set_builder = "UPDATE read_previous.model SET fingerprint = %s"
    [[own]] = own_database.execute("SELECT fingerprint FROM read_previous.model").fetchall()
    own_database.execute(set_builder, ("another",))
    erase(database_url, *some_contacts(own_database, 1)[0])
    own_database.execute(set_builder, (own,))
    assert rollback(rebuilding(database_url), quiet).proved
    assert rebuilt(database_url, verify=True).proved
