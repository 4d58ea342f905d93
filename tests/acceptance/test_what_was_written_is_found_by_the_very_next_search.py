"""Created, changed, deleted: another process of the service finds it at once, or finds it gone."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.acceptance.conftest import Running, Tenant, client_of, start, stop
from tests.scale import FULL

pytestmark = pytest.mark.scaled

TIMES = 1_000 if FULL else 100


@pytest.fixture
def elsewhere(running: Running, company: Tenant, tmp_path: Path) -> Iterator[httpx2.Client]:
    """A client of another process that works on the same database."""
    neighbour = start(running.database_url, tmp_path / "neighbour")
    with client_of(neighbour, company.key) as reader:
        yield reader
    stop(neighbour)


def totals(reader: httpx2.Client, *terms: str) -> list[int]:
    """Return how many contacts each search finds."""
    return [reader.get("/crm", params={"searchTerm": term}).json()["total"] for term in terms]


def test_each_write_shows_in_the_next_search_of_another_process(
    company: Tenant, elsewhere: httpx2.Client
) -> None:
    for nth in range(TIMES):
        before, after = f"before{nth}x@example.com", f"after{nth}x@example.com"
        contact_id = company.create(email=before)["id"]
        assert totals(elsewhere, before, after) == [1, 0], f"created, {nth}"
        assert company.http.patch(f"/crm/{contact_id}", json={"email": after}).status_code == 200
        assert totals(elsewhere, before, after) == [0, 1], f"changed, {nth}"
        assert company.http.delete(f"/crm/{contact_id}").status_code == 204
        assert totals(elsewhere, before, after) == [0, 0], f"deleted, {nth}"
