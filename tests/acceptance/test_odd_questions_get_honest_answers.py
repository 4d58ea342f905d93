"""Questions that fold to nothing, empty filters, and bookings that come again."""

from tests.acceptance.conftest import Tenant


def total(company: Tenant, **query: str) -> int:
    answer = company.http.get("/crm", params=query).json()
    assert len(answer["result"]) == min(answer["total"], 20)
    return int(answer["total"])


def test_a_sign_is_looked_for_as_it_stands(company: Tenant) -> None:
    company.create(email="a_b@example.com")
    company.create(phoneNumber="+4915112345678", firstName="Anna")
    found = {sign: total(company, searchTerm=sign) for sign in ("%", "_", "@", ".", "\\", "'")}
    assert found == {"%": 0, "_": 1, "@": 1, ".": 1, "\\": 0, "'": 0}
    assert total(company, searchTerm=" ") == 2


def test_a_number_that_is_kept_as_typed_is_found_as_typed(company: Tenant) -> None:
    for typed in ("Zentrale Durchwahl 12", "+49 30 901820 ext. 7", "hello"):
        company.create(phoneNumber=typed)
        assert total(company, searchTerm=typed) == 1


def test_an_empty_tag_asks_for_nothing(company: Tenant) -> None:
    company.create(email="a@example.com", tags=["Lead"])
    company.create(email="b@example.com")
    for mode in ("all", "any", "none"):
        assert total(company, tags="", tagsMode=mode) == 2


def test_the_owner_of_zeros_is_an_owner_like_any_other(company: Tenant) -> None:
    zeros = "00000000-0000-0000-0000-000000000000"
    company.create(email="a@example.com")
    assert total(company, ownerId=zeros) == 0
    company.create(email="b@example.com", accountOwnerId=zeros)
    assert total(company, ownerId=zeros) == 1


def test_a_booking_that_comes_again_records_nothing_whoever_can_be_told(company: Tenant) -> None:
    booking = {
        "id": "appt-1",
        "start": "2030-01-15T09:00:00Z",
        "end": "2030-01-15T09:30:00Z",
        "attendees": [{"id": "att-1", "phoneNumber": "+1-555-123-4567"}],
    }
    first = company.http.post("/crm/bookings", json=booking).json()["result"][0]
    recorded = company.events()
    again = company.http.post("/crm/bookings", json=booking).json()["result"][0]
    booking["attendees"] = [{"id": "att-1", "email": "new.address@example.com"}]
    changed = company.http.post("/crm/bookings", json=booking).json()["result"][0]
    assert first["id"] == again["id"] == changed["id"]
    assert company.events() == recorded
