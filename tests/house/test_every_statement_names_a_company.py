"""Every statement names the company of each table it speaks of, or is listed with a reason."""

import pytest

from tests.house.statements import (
    Statement,
    company_tables,
    in_python,
    named,
    spoken_of,
    statements,
)

KEY = "the digest of 256 random bits is looked up to learn whose they are"
SWEEP = "goes by the age or the state of rows alone, for all companies alike, and answers nobody"
FIGURES = "counts for the operator's metrics; no row leaves the database"
EACH = "an operator's command that goes through all companies, one after the other"
BUILDING = "fills, compares or drops whole read models, which hold all companies"
ROWS = "the company is the first part of the key, which the rows bring along"

ACROSS = {
    "api/audit/sending.py HEADS": "each company's checkpoint is written and sent for itself",
    "api/backups/restoring.py make_room": "a database into which a backup goes must hold nobody",
    "api/backups/saving.py HEADS": "a backup is of all companies",
    "api/companies/register.py everyone": EACH,
    "api/doctor/log.py AHEAD": EACH,
    "api/doctor/log.py HEADLESS": EACH,
    "api/doctor/log.py HEADS": EACH,
    "api/doctor/log.py KINDS": EACH,
    "api/doctor/log.py PLACES": EACH,
    "api/imports/forgetting.py DROP_FILES": SWEEP,
    "api/imports/forgetting.py EXPIRE": SWEEP,
    "api/imports/uploads.py LYING": SWEEP,
    "api/intake/forgetting.py BLANK": "never run as it is: what continues it names the company",
    "api/intake/forgetting.py EXPIRE": SWEEP,
    "api/intake/inbox.py CLAIM": SWEEP,
    "api/intake/inbox.py CLAIMED": "the id is random, and of a delivery that this process claimed",
    "api/intake/register.py SENDER": KEY,
    "api/keys/keyring.py BY_DIGEST": KEY,
    "api/metrics/database.py DELIVERIES": FIGURES,
    "api/metrics/database.py MEASURE": FIGURES,
    "api/retries/forgetting.py EXPIRE": SWEEP,
    "domain/eventlog/schema.sql": "the view log.history: whoever reads it names the company",
    "projections/contacts/statements.py Query.scan": "each text begins with LIVE, which names it",
    "projections/kernel.py View.remove": ROWS,
    "projections/kernel.py View.upsert": ROWS,
    "projections/rebuild/comparing.py counts": BUILDING,
    "projections/rebuild/repairing.py WHOSE": "the contact's id is random; an operator's command",
    "projections/rebuild/repairing.py rows_of": "goes on with the condition of its caller",
    "projections/rebuild/streams.py HEADS": BUILDING,
    "projections/rebuild/tables.py COUNTED": BUILDING,
    "projections/rebuild/tables.py copy": BUILDING,
    "projections/state.py COMPANIES": EACH,
}
"""Where the statements stand that need not name one company."""


@pytest.fixture(scope="module")
def anonymous() -> set[str]:
    """The places of statements that speak of more tables of companies than they name companies."""
    tables = company_tables()
    return {one.place for one in statements() if named(one) < len(spoken_of(one, tables))}


def test_every_statement_names_the_company_of_each_table(anonymous: set[str]) -> None:
    assert anonymous - ACROSS.keys() == set(), "name the company, or say in ACROSS why not"


def test_nothing_is_listed_that_names_its_company(anonymous: set[str]) -> None:
    assert ACROSS.keys() - anonymous == set()


def test_the_tables_of_companies_are_known() -> None:
    assert {"log.event", "read.contact", "edge.import", "edge.receipt"} < company_tables()
    assert "edge.secret" not in company_tables()


@pytest.mark.parametrize(
    "text",
    [
        "SELECT position FROM log.event WHERE contact_id = %s",
        "UPDATE edge.import SET state = %s WHERE import_id = %s",
        "DELETE FROM read.contact c USING edge.import i WHERE c.company_id = %s",
        "INSERT INTO edge.delivery (delivery_id) VALUES (%s)",
        "SELECT FROM log.event e JOIN read.contact c USING (contact_id) WHERE e.company_id = %s",
    ],
)
def test_a_statement_that_forgets_a_company_is_noticed(text: str) -> None:
    assert named(Statement("", text)) < len(spoken_of(Statement("", text), company_tables()))


def test_statements_are_put_together_from_the_constants_of_a_module() -> None:
    source = (
        'TABLE = "log.event"\nFIND = f"SELECT {NAMES} " + f"FROM {TABLE}"\nOTHER = "Update it"\n'
    )
    assert list(in_python(source, "f.py")) == [Statement("f.py FIND", "SELECT {} FROM log.event")]
