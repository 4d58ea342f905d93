"""An import that ends between recording rows and noting their verdicts finds them in the log."""

from pathlib import Path

from tests.acceptance.conftest import Tenant
from tests.acceptance.lists import imported, written

BACK = """
    UPDATE edge.import SET state = 'running', position = 1, created = 0, updated = 0, unchanged = 0,
        skipped = 0, failed = 0
    WHERE company_id = %(company)s
"""
UNNOTED = "DELETE FROM edge.import_row WHERE company_id = %(company)s"


def test_the_verdicts_are_those_of_the_first_time(company: Tenant, tmp_path: Path) -> None:
    company.create(email="old@example.com", notes="old")
    rows = ["old@example.com,,new", "a@example.com,,x", ",12 34,y", "bad,,", "a@example.com,,z"]
    file = written(tmp_path / "list.csv", "email,phone,notes", *rows)
    first = imported(company, file, "--update-existing")
    assert first == {"updated": 1, "created": 2, "failed": 1, "skipped": 1}
    position = company.position()
    for statement in (UNNOTED, BACK):
        company.running.database.execute(statement, {"company": company.id})
    assert imported(company, file, "--update-existing") == first
    assert company.position() == position
