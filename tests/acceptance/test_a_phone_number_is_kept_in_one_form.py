"""Phone numbers: E.164 when valid for the company's region, else as typed; never unique."""

from collections.abc import Callable

import pytest

from tests.acceptance.conftest import Tenant


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("030 901820", "+4930901820"),
        ("030/90 18-20", "+4930901820"),
        ("+49 (0)30 901820", "+4930901820"),
        ("0049 30 901820", "+4930901820"),
        ("0151 12345678", "+4915112345678"),
        ("+1 212 736 5000", "+12127365000"),
        ("+1-555-123-4567", "+1-555-123-4567"),
        ("  12  ", "12"),
        ("call me", "call me"),
    ],
)
def test_a_german_company_s_numbers(shared_company: Tenant, typed: str, kept: str) -> None:
    assert shared_company.create(phoneNumber=typed)["phoneNumber"] == kept


def test_an_american_company_s_numbers(new_company: Callable[..., Tenant]) -> None:
    company = new_company(region="US")
    for typed, kept in {
        "(212) 736-5000": "+12127365000",
        "1 212 736 5000": "+12127365000",
        "030 901820": "030 901820",
        "+49 30 901820": "+4930901820",
    }.items():
        contact = company.create(phoneNumber=typed)
        assert contact["phoneNumber"] == kept
        changed = company.http.patch(f"/crm/{contact['id']}", json={"phoneNumber": typed}).json()
        assert changed["phoneNumber"] == kept
    (row,) = company.book({"phoneNumber": "212-736-5000"})
    assert row["phoneNumber"] == "+12127365000"


def test_two_contacts_may_have_one_number(shared_company: Tenant) -> None:
    first, second = (shared_company.create(phoneNumber="+49 30 901821") for _ in range(2))
    assert first["id"] != second["id"]
