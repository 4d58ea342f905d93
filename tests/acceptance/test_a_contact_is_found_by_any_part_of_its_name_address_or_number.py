"""searchTerm: substrings of name, e-mail and phone number, in any spelling and word order."""

from collections.abc import Iterator

import pytest

from tests.acceptance.conftest import Running, Tenant, make_tenant

PEOPLE = {
    "jürgen": {
        "firstName": "Jürgen",
        "lastName": "Müller",
        "email": "j.mueller@gmx.de",
        "phoneNumber": "0151 12345678",
    },
    "maria": {"firstName": "Maria", "lastName": "Mueller", "email": "Maria@Example.com"},
    "søren": {"firstName": "Søren", "lastName": "Łukasz-Groß", "email": "s@łódź.example"},
    "anna": {"firstName": "Anna Maria", "lastName": "Meier", "email": "100%_sure@example.com"},
    "phone": {"phoneNumber": "+1-555-123-4567"},
}


@pytest.fixture(scope="module")
def searched(running: Running) -> Iterator[Tenant]:
    """A company with these people."""
    tenant = make_tenant(running)
    with tenant.http:
        for name, person in PEOPLE.items():
            tenant.create(**person, notes=name)
        yield tenant


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("Jürgen", {"jürgen"}),
        ("JÜRGEN", {"jürgen"}),
        ("jurgen", {"jürgen"}),
        ("juergen", {"jürgen"}),
        ("ürg", {"jürgen"}),
        ("müller", {"jürgen", "maria"}),
        ("mueller", {"jürgen", "maria"}),
        ("muller", {"jürgen", "maria"}),
        ("Mu\u0308ller", {"jürgen", "maria"}),
        ("ller", {"jürgen", "maria"}),
        ("müller jürgen", {"jürgen"}),
        ("  jürgen   müller ", {"jürgen"}),
        ("mül jür", {"jürgen"}),
        ("maria", {"maria", "anna"}),
        ("meier anna", {"anna"}),
        ("anna müller", set()),
        ("gmx.de", {"jürgen"}),
        ("j.mueller@gmx.de", {"jürgen"}),
        ("MARIA@EXAMPLE.COM", {"maria"}),
        ("@example.com", {"maria", "anna"}),
        ("soren", {"søren"}),
        ("Søren Łukasz", {"søren"}),
        ("lukasz", {"søren"}),
        ("gross", {"søren"}),
        ("groß", {"søren"}),
        ("0151/123-456", {"jürgen"}),
        ("+49 (0)151 123456", {"jürgen"}),
        ("015112345678", {"jürgen"}),
        ("0049151", {"jürgen"}),
        ("151 1234 5678", {"jürgen"}),
        ("345678", {"jürgen"}),
        ("555-123", {"phone"}),
        ("+15551234567", {"phone"}),
        ("m", {"jürgen", "maria", "anna", "søren"}),
        ("mü", {"jürgen", "maria"}),
        ("100%", {"anna"}),
        ("%", {"anna"}),
        ("0%_s", {"anna"}),
        ("0_s", set()),
        ("_sure", {"anna"}),
        ("a_na", set()),
        ("nobody", set()),
        ("\\", set()),
        ("'; DROP TABLE x; --", set()),
        ("", set(PEOPLE)),
        ("   ", set(PEOPLE)),
    ],
)
def test_it_is_found(searched: Tenant, term: str, expected: set[str]) -> None:
    body = searched.http.get("/crm", params={"searchTerm": term, "limit": 100}).json()
    assert {row["notes"] for row in body["result"]} == expected
    assert body["total"] == len(expected)


def test_what_was_given_up_finds_nobody(company: Tenant) -> None:
    contact = company.create(firstName="Old", email="old@example.com", phoneNumber="+4930901820")
    fields = {"firstName": "New", "email": "new@example.com", "phoneNumber": "+4930901821"}
    company.http.patch(f"/crm/{contact['id']}", json=fields)
    assert [company.found(searchTerm=term) for term in ("old", "901820")] == [[], []]
    assert [len(company.found(searchTerm=term)) for term in ("new", "901821")] == [1, 1]


def test_notes_and_tags_are_not_searched(company: Tenant) -> None:
    company.create(email="a@example.com", notes="secret", tags=["Lead"], employer="ACME")
    assert [company.found(searchTerm=term) for term in ("secret", "lead", "acme")] == [[], [], []]
