"""The database half of the format, over the same examples as the Python half."""

import psycopg
import pytest

from domain.eventlog.log import APPEND
from tests.integration.logs import AS_OWNER
from tests.unit.golden_vectors import COMPANY, GENESIS, VECTORS


@pytest.fixture
def owner(superuser_url: str) -> psycopg.Connection:
    """Act as the owner, far from UTC: the owner alone can make a head that is older than now."""
    return psycopg.connect(superuser_url, options=f"{AS_OWNER} -c TimeZone=Asia/Kathmandu")


def test_a_new_company_starts_with_the_hash_of_the_examples(owner: psycopg.Connection) -> None:
    with owner:
        owner.execute("SELECT log.open_company(%s)", (COMPANY,))
        head = owner.execute("SELECT position, encode(hash, 'hex') FROM log.company_log").fetchall()
    assert head == [(0, GENESIS)]


def test_opening_a_company_again_changes_nothing(owner: psycopg.Connection) -> None:
    with owner:
        owner.execute("SELECT log.open_company(%s)", (COMPANY,))
        before = owner.execute("SELECT * FROM log.company_log").fetchall()
        owner.execute("SELECT log.open_company(%s)", (COMPANY,))
        assert owner.execute("SELECT * FROM log.company_log").fetchall() == before


def test_the_database_computes_the_hashes_of_the_examples(owner: psycopg.Connection) -> None:
    with owner:
        owner.execute(
            "INSERT INTO log.company_log VALUES (%s, 0, decode(%s, 'hex'), '2026-01-01T00:00:00Z')",
            (COMPANY, GENESIS),
        )
        for vector in VECTORS:
            arguments = {
                "company_ids": [COMPANY],
                "contact_ids": [vector.contact_id],
                "versions": [vector.version],
                "topics": [vector.topic],
                "states": [vector.state],
                "actors": [vector.actor],
                "sources": [vector.source],
                "request_ids": [vector.request_id],
                "instants": [vector.recorded_at],
            }
            answer = owner.execute(APPEND, arguments).fetchall()
            assert answer == [(vector.position, vector.recorded_at)]
        stored = owner.execute(
            "SELECT encode(digest, 'hex'), encode(hash, 'hex') FROM log.event ORDER BY position"
        ).fetchall()
    assert stored == [(vector.digest, vector.hash) for vector in VECTORS]
