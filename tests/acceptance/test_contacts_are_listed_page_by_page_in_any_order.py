"""GET /crm without a search term: pages, totals, order, tags and owner."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.conftest import Running, Tenant, make_tenant

OWNER = "550e8400-e29b-41d4-a716-446655440000"
OTHER_OWNER = "660e8400-e29b-41d4-a716-446655440000"
NOBODY = "770e8400-e29b-41d4-a716-446655440000"
PEOPLE: list[dict[str, Any]] = [
    {"firstName": "Émile", "lastName": "zola", "email": "Emile@example.com", "tags": ["a", "b"]},
    {"firstName": "anna", "lastName": "Ärger", "email": "anna@example.com", "tags": ["a"]},
    {"firstName": "Bert", "phoneNumber": "+4930901820", "accountOwnerId": OWNER},
    {"lastName": "Adler", "email": "zz@example.com", "tags": ["b", "c"], "accountOwnerId": OWNER},
    {
        "firstName": "Anna",
        "lastName": "Zola",
        "email": "b@example.com",
        "accountOwnerId": OTHER_OWNER,
    },
    {"phoneNumber": "+4930901821", "tags": ["a", "b", "c"]},
]


@pytest.fixture(scope="module")
def listed(running: Running) -> Iterator[Tenant]:
    """A company with six contacts, created in this order."""
    tenant = make_tenant(running)
    with tenant.http:
        for person in PEOPLE:
            tenant.create(**person)
        yield tenant


def numbers(rows: list[dict[str, Any]]) -> list[int]:
    """Return which of the people were answered."""
    known = [(p.get("email"), p.get("phoneNumber")) for p in PEOPLE]
    return [known.index((row["email"], row["phoneNumber"])) for row in rows]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [5, 4, 3, 2, 1, 0]),
        ({"sortBy": "createdAt"}, [5, 4, 3, 2, 1, 0]),
        ({"sortBy": "createdAt", "sortOrder": "ASC"}, [0, 1, 2, 3, 4, 5]),
        ({"sortOrder": "ASC"}, [0, 1, 2, 3, 4, 5]),
        ({"sortBy": "firstName"}, [1, 4, 2, 0, 3, 5]),
        ({"sortBy": "firstName", "sortOrder": "DESC"}, [0, 2, 4, 1, 5, 3]),
        ({"sortBy": "lastName"}, [3, 1, 0, 4, 2, 5]),
        ({"sortBy": "lastName", "sortOrder": "DESC"}, [4, 0, 1, 3, 5, 2]),
        ({"sortBy": "email"}, [1, 4, 0, 3, 2, 5]),
        ({"sortBy": "email", "sortOrder": "DESC"}, [3, 0, 4, 1, 5, 2]),
    ],
)
def test_they_are_sorted_without_case_and_accents_and_the_nameless_come_last(
    listed: Tenant, query: dict[str, str], expected: list[int]
) -> None:
    assert numbers(listed.found(**query)) == expected


@pytest.mark.parametrize("query", [{}, {"sortBy": "firstName"}, {"sortBy": "email"}])
@pytest.mark.parametrize("limit", [1, 2, 4, 6, 100])
def test_pages_show_each_contact_once(listed: Tenant, query: dict[str, str], limit: int) -> None:
    everybody = numbers(listed.found(**query))
    pages = -(-6 // limit)
    shown: list[int] = []
    for page in range(1, pages + 2):
        body = listed.http.get("/crm", params={**query, "page": page, "limit": limit}).json()
        counts = [body[name] for name in ("page", "limit", "total", "totalPages")]
        assert counts == [page, limit, 6, pages]
        assert len(body["result"]) == max(0, min(limit, 6 - (page - 1) * limit))
        shown += numbers(body["result"])
    assert shown == everybody


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tags=a", [0, 1, 5]),
        ("tags=a&tags=b", [0, 5]),
        ("tags=c&tags=b&tags=a", [5]),
        ("tags=A", []),
        ("tags=a&tags=x", []),
        (f"ownerId={OWNER}", [2, 3]),
        (f"ownerId={OWNER.upper()}", [2, 3]),
        (f"ownerId={OWNER}&tags=b", [3]),
        (f"ownerId={NOBODY}", []),
    ],
)
def test_tags_and_owner_select(listed: Tenant, query: str, expected: list[int]) -> None:
    body = listed.http.get(f"/crm?sortOrder=ASC&{query}").json()
    assert numbers(body["result"]) == expected
    assert body["total"] == len(expected)
    assert body["totalPages"] == (1 if expected else 0)


def test_the_limit_is_20_and_never_above_100(listed: Tenant) -> None:
    assert listed.http.get("/crm").json()["limit"] == 20
    assert listed.http.get("/crm?limit=100").json()["limit"] == 100
    assert listed.http.get("/crm?limit=1000").json()["limit"] == 100


def test_a_clamped_limit_shows_no_more_than_100(company: Tenant) -> None:
    for number in range(101):
        company.create(email=f"{number}@example.com")
    body = company.http.get("/crm?limit=1000").json()
    assert (len(body["result"]), body["total"], body["totalPages"]) == (100, 101, 2)
    assert len(company.found(limit=1000, page=2)) == 1


def test_a_company_without_contacts_has_no_page(company: Tenant) -> None:
    body = company.http.get("/crm").json()
    expected = {"result": [], "page": 1, "limit": 20, "total": 0, "totalPages": 0}
    assert {name: body[name] for name in expected} == expected


def test_a_page_far_behind_the_last_is_empty(listed: Tenant) -> None:
    for page in (2, 50_000, 1_000_000_000):
        body = listed.http.get(f"/crm?page={page}").json()
        assert (body["result"], body["page"], body["total"]) == ([], page, 6)


def test_what_was_written_is_listed_at_once(company: Tenant) -> None:
    contact = company.create(email="a@example.com")
    for number in range(20):
        company.http.patch(f"/crm/{contact['id']}", json={"firstName": f"name{number}"})
        assert company.found(searchTerm=f"name{number}")[0]["firstName"] == f"name{number}"
    company.http.delete(f"/crm/{contact['id']}")
    assert company.found() == []
