"""Live rows, rebuilt rows, rows folded in memory and plain counting over the log agree."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api import migrations
from domain.application.contacts import Contacts
from domain.application.requests import Done
from tests.integration.rebuilds import (
    Database,
    differing,
    erase,
    made_up,
    rebuilt,
    schemas,
    small_pieces,
    some_contacts,
)
from tests.integration.test_the_read_model_equals_a_fold_over_the_log import (
    BATCHES,
    Wish,
    folded,
    request,
    stored,
)
from tests.integration.writing import Books, contacts
from tests.scale import FULL

CONTACTS, EVENTS = (400_000, 1_000_000) if FULL else (800, 2_400)
ERASED = 400 if FULL else 20
Histories = list[list[tuple[bool, list[list[Wish]]]]]

# A contact that was not erased; the last that was said of each place in a meeting.
COUNTED = """
    WITH people AS (
        SELECT company_id, contact_id FROM log.history
        GROUP BY company_id, contact_id HAVING NOT bool_or(topic = 'contact.erased')
    ), said AS (
        SELECT company_id, contact_id, version, topic, data ->> 'appointment_id' AS meeting,
            data ->> 'attendee_id' AS attendee
        FROM log.history JOIN people USING (company_id, contact_id)
        WHERE topic IN ('contact.booking_linked', 'contact.no_show_marked',
            'contact.no_show_cleared', 'contact.booking_cancelled')
    ), last_said AS (
        SELECT DISTINCT ON (company_id, contact_id, meeting, attendee) contact_id, meeting, topic
        FROM said WHERE topic <> 'contact.booking_linked'
        ORDER BY company_id, contact_id, meeting, attendee, version DESC
    )
    SELECT (SELECT count(*) FROM people),
        (SELECT count(DISTINCT (contact_id, meeting, attendee)) FROM said
         WHERE topic = 'contact.booking_linked'),
        (SELECT count(DISTINCT (contact_id, meeting)) FROM last_said
         WHERE topic = 'contact.no_show_marked')
"""
SHOWN = """
    SELECT (SELECT count(*) FROM read.contact WHERE status <> 'erased'),
        (SELECT count(*) FROM read.appointment),
        (SELECT coalesce(sum(no_show_count), 0) FROM read.contact)
"""


@settings(
    max_examples=50 if FULL else 6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(histories=st.lists(BATCHES, min_size=2, max_size=4))
def test_rebuilt_rows_are_the_live_ones_and_those_folded_in_memory(
    shared_url: str, books: Books, histories: Histories
) -> None:
    migrations.migrate(shared_url)
    side = contacts(shared_url)
    try:
        companies = [written(books.another(), side, batches) for batches in histories]
    finally:
        side.close()
    with small_pieces(20):
        report = rebuilt(shared_url)
    assert report.proved
    assert report.switched
    assert differing(books.connection, "read", "read_previous") == {}
    for company in companies:
        company.assert_counted()
        assert stored(company) == folded(company)


def written(books: Books, side: Contacts, batches: list[tuple[bool, list[list[Wish]]]]) -> Books:
    """Write a history into a company of its own."""
    known: list[object] = []
    for _, wishes in batches:
        outcomes = side.run([request(books, wish, known) for wish in wishes])  # type: ignore[arg-type]
        for outcome in outcomes:
            if isinstance(outcome, Done):
                known += [one.contact_id for one in outcome.changes if one.created]
    return books


@pytest.mark.scaled
@pytest.mark.timeout(3_600 if FULL else 120)
def test_plain_counting_over_the_log_agrees_with_what_is_shown(
    own_database: Database, database_url: str
) -> None:
    made_up(own_database, CONTACTS, EVENTS)
    for address in some_contacts(own_database, ERASED):
        erase(database_url, *address)
    with small_pieces(300):
        report = rebuilt(database_url, jobs=2)
    assert (report.proved, report.events) == (True, EVENTS + ERASED)
    assert report.switched is not None
    assert report.switched.writers_waited < 1
    assert differing(own_database, "read", "read_previous") == {}
    counted = own_database.execute(COUNTED).fetchall()
    assert counted == own_database.execute(SHOWN).fetchall()
    assert all(number > ERASED for number in counted[0])


def test_only_what_is_served_and_the_one_before_are_kept(
    own_database: Database, database_url: str
) -> None:
    made_up(own_database, 20, 50)
    assert rebuilt(database_url, verify=True).proved
    assert schemas(own_database) == {"read"}
    for _ in range(2):
        assert rebuilt(database_url).switched
        assert schemas(own_database) == {"read", "read_previous"}
    assert definitions(own_database, "read") == definitions(own_database, "read_previous")


def test_a_rebuilt_read_model_has_all_keys_indexes_and_rights(
    own_database: Database, database_url: str
) -> None:
    before = definitions(own_database, "read")
    rebuilt(database_url)
    assert definitions(own_database, "read") == before


DEFINITIONS = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = %s",
    """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = %s::regnamespace""",
    """SELECT relname, relacl::text FROM pg_class
    WHERE relnamespace = %s::regnamespace AND relkind = 'r' AND relname <> 'head'""",
)


def definitions(database: Database, schema: str) -> set[tuple[str, ...]]:
    """Return indexes, constraints and grants, without the name of the schema."""
    return {
        tuple(str(value).replace(f"{schema}.", "") for value in row)
        for query in DEFINITIONS
        for row in database.execute(query.encode(), (schema,))
    }
