"""E-mail addresses are unique within a company: in one form, while the contact is there."""

from typing import Any

import pytest

from tests.acceptance.conftest import Tenant
from tests.acceptance.refusals import expect_refusal, nothing_recorded

SPELLINGS = [
    ("anna@example.com", "Anna@Example.COM"),
    ("anna@example.com", "  anna@example.com "),
    ("anna@müller.example", "ANNA@xn--mller-kva.example"),
    ("anna@xn--mller-kva.example", "anna@MÜLLER.example"),
    ("jürgen@example.com", "JÜRGEN@example.com"),
    ("jürgen@example.com", "ju\u0308rgen@example.com"),
]
DIFFERENT = [
    ("anna.mueller@gmail.com", "annamueller@gmail.com"),
    ("anna@gmail.com", "anna+news@gmail.com"),
    ("anna@gmail.com", "anna@googlemail.com"),
    ("anna@straße.example", "anna@strasse.example"),
    ("muller@example.com", "müller@example.com"),
]


def expect_taken(answer: Any, holder: str) -> None:
    """A conflict that names who has the address."""
    expect_refusal(answer, 409, "email")
    assert answer.json()["code"] == "email_taken"
    assert answer.json()["existingContactId"] == holder


@pytest.mark.parametrize(("first", "second"), SPELLINGS)
def test_two_spellings_of_one_address_are_one(company: Tenant, first: str, second: str) -> None:
    holder = company.create(email=first)
    assert holder["email"] == first.strip()
    with nothing_recorded(company):
        expect_taken(company.http.post("/crm", json={"email": second}), holder["id"])
    (row,) = company.book({"email": second})
    assert row["id"] == holder["id"]


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_addresses_that_only_look_alike_are_two(company: Tenant, first: str, second: str) -> None:
    assert company.create(email=first)["id"] != company.create(email=second)["id"]


def test_an_address_is_shown_as_typed(company: Tenant) -> None:
    contact = company.create(email=" Anna.Müller@Exämple.com ")
    assert contact["email"] == "Anna.Müller@Exämple.com"
    retyped = company.http.patch(f"/crm/{contact['id']}", json={"email": "anna.müller@exämple.com"})
    assert (retyped.status_code, retyped.json()["email"]) == (200, "anna.müller@exämple.com")


def test_a_change_cannot_take_the_address_of_another(company: Tenant) -> None:
    holder = company.create(email="taken@example.com")
    other = company.create(email="other@example.com")
    with nothing_recorded(company):
        answer = company.http.patch(
            f"/crm/{other['id']}", json={"email": "Taken@example.com", "notes": "not kept"}
        )
    expect_taken(answer, holder["id"])
    assert company.read(other["id"])["item"] == other


def test_a_change_frees_the_address_that_was_given_up(company: Tenant) -> None:
    contact = company.create(email="old@example.com")
    company.http.patch(f"/crm/{contact['id']}", json={"email": "new@example.com"})
    assert company.create(email="old@example.com")["id"] != contact["id"]
    expect_taken(company.http.post("/crm", json={"email": "new@example.com"}), contact["id"])


def test_deleting_a_contact_frees_its_address(company: Tenant) -> None:
    deleted = company.create(email="anna@example.com")["id"]
    company.http.delete(f"/crm/{deleted}")
    holder = company.create(email="ANNA@example.com")["id"]
    assert holder != deleted
    with nothing_recorded(company):
        expect_taken(company.http.post(f"/crm/{deleted}/restore"), holder)
    company.http.delete(f"/crm/{holder}")
    assert company.http.post(f"/crm/{deleted}/restore").status_code == 200
    expect_taken(company.http.post("/crm", json={"email": "anna@example.com"}), deleted)


def test_update_existing_changes_the_holder_and_answers_200(company: Tenant) -> None:
    holder = company.create(email="anna@example.com", firstName="Anna", tags=["Lead"])
    sent = {"email": "Anna@example.com", "lastName": "Müller", "additionalData": {"a": 1}}
    answer = company.http.post("/crm?updateExisting=true", json=sent)
    assert answer.status_code == 200
    assert answer.headers["location"] == f"/crm/{holder['id']}"
    assert answer.headers["etag"] == '"2"'
    body = answer.json()
    assert set(body) == {"item", "appointments", "nextAppointmentIso"}
    changed = {**sent, "id": holder["id"], "firstName": "Anna", "tags": ["Lead"]}
    assert {name: body["item"][name] for name in changed} == changed


def test_update_existing_creates_whom_nobody_knows(company: Tenant) -> None:
    answer = company.http.post("/crm?updateExisting=true", json={"email": "new@example.com"})
    assert answer.status_code == 201
    with nothing_recorded(company):
        same = company.http.post("/crm?updateExisting=true", json={"email": "new@example.com"})
    assert same.status_code == 200
    assert same.json()["item"] == answer.json()["item"]
