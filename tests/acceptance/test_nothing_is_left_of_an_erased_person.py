"""A canary in each personal field is found nowhere after the person was erased."""

import subprocess
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from api.embedded import EmbeddedServer
from api.embedded.binaries import pg_binary
from tests.acceptance.canaries import Canaries
from tests.acceptance.conftest import BOOKING, Tenant, make_tenant, start, stop
from tests.acceptance.intake import connect
from tests.acceptance.optin_links import asked, visit
from tests.acceptance.stories import good
from tests.intake_payloads import meetergo, meetergo_attendee, meetergo_booking, meetergo_form
from tests.integration.embedded_servers import copy_used, reachable_place

PAGES = {"base", "global", "pg_wal"}
"""What PostgreSQL keeps for itself; docs/erasure.md says for how long."""


@pytest.fixture
def place() -> Iterator[Path]:
    with reachable_place() as place:
        yield place


@pytest.fixture
def company(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tenant]:
    """A company on a service with an embedded server of its own."""
    monkeypatch.setenv("CONTACTS_DATA_DIR", str(place / "data"))
    served = start("", copy_used(place / "data"))
    with EmbeddedServer(place / "data") as server:
        running = replace(served, database_url=server.url)
        company = make_tenant(running)
        with company.http:
            yield company
        stop(running)


class Life:
    """Everything that can happen to a person, with a canary in each text."""

    def __init__(self, company: Tenant, canaries: Canaries) -> None:
        """Nothing has happened yet."""
        self.company = company
        self.canaries = canaries
        self.email = canaries.address()
        self.phone = canaries.mobile()

    def lived(self) -> str:
        """Let all of it happen; return the contact's id."""
        first = {**self.contact(), "email": self.canaries.address()}
        contact_id = str(self.company.create(**first)["id"])
        good(self.company.http.patch(f"/crm/{contact_id}", json=self.contact()))
        self.meet()
        self.answer(contact_id)
        self.be_sent()
        return contact_id

    def contact(self) -> dict[str, Any]:
        """Return all that is said of a contact."""
        word = self.canaries.word
        texts = ("firstName", "lastName", "title", "employer", "seniority", "function", "location")
        return {
            **{name: word() for name in (*texts, "notes")},
            "email": self.email,
            "phoneNumber": self.phone,
            "tags": [word(), word()],
            "additionalData": {word(): {word(): [word()]}},
            "address": {name: word() for name in ("line1", "city", "zip", "country")},
        }

    def meet(self) -> None:
        """Book, miss, move and cancel a meeting."""
        http, word = self.company.http, self.canaries.word
        booking: dict[str, Any] = {
            **BOOKING,
            "id": word(),
            "timezone": word(),
            "meetingType": {"id": word(), "name": word()},
            "hosts": [{"id": word(), "email": word(), "name": word()}],
            "channel": word(),
            "meetingLink": f"https://meet.example/{self.canaries.plain()}",
            "attendees": [{"id": word(), "email": self.email, "additionalData": {word(): word()}}],
        }
        good(http.post("/crm/bookings", json=booking))
        path = f"/crm/bookings/{quote(booking['id'])}"
        good(http.post(f"{path}/no-show"))
        moved = word()
        good(http.post(f"{path}/reschedule", json={**BOOKING, "newAppointmentId": moved}))
        good(http.post(f"/crm/bookings/{quote(moved)}/cancel", json={"reason": word()}))

    def answer(self, contact_id: str) -> None:
        """Fill in a form, and agree to be written to."""
        word = self.canaries.word
        form = {"id": word(), "formId": word(), "formName": word(), "answers": {word(): word()}}
        good(self.company.http.post(f"/crm/{contact_id}/forms", json=form))
        link = asked(self.company, contact_id, word())["link"]
        good(visit(link, "POST", **{"User-Agent": self.canaries.plain()}))

    def be_sent(self) -> None:
        """Come in by webhooks: understood, waiting for their booking, and not understood."""
        word, source = self.canaries.word, connect(self.company, "meetergo")
        attendee = meetergo_attendee(email=self.email, firstname=word(), notes={word(): word()})
        source.tell(meetergo_booking(id=word(), attendees=[attendee]))
        source.tell(meetergo_form(id=word(), email=self.email, answers={word(): word()}))
        good(source.send(meetergo_booking("booking_cancelled", id=word(), attendees=[attendee])))
        good(source.send(meetergo("unheard_of", {"email": self.email, "note": word()})))

    def be_refused(self) -> None:
        """Stand in requests that are refused, and in searches."""
        http, word = self.company.http, self.canaries.word
        http.post("/crm", json={"email": self.email, "notes": word()})
        http.post("/crm", json={"email": self.email, word(): word()})
        http.get("/crm", params={"searchTerm": word(), "tags": word()})
        http.get(f"/crm/{word()}")


def tables(company: Tenant) -> bytes:
    """Return all that a backup would hold, and what the views show."""
    command = [str(pg_binary("pg_dump")), "--no-sync", company.running.database_url]
    dump = subprocess.run(command, capture_output=True, check=True).stdout
    with psycopg.connect(company.running.database_url) as connection:
        shown = connection.execute("SELECT string_agg(history::text, '') FROM log.history")
        return dump + str(shown.fetchall()).encode()


def files(place: Path) -> bytes:
    """Return all files below, those of the logs too, but for PostgreSQL's own pages."""
    paths = [path for path in place.rglob("*") if path.is_file() and not PAGES & {*path.parts}]
    assert {"data.log", "erasures.jsonl"} <= {path.name for path in paths}
    return b"\n".join(path.read_bytes() for path in paths)


def answers(company: Tenant, contact_id: str) -> bytes:
    """Return whatever the service still tells of the contact."""
    paths = (f"/crm/{contact_id}", f"/crm/{contact_id}/history", "/crm", "/events?limit=1000")
    return b"\n".join(company.http.get(path).content for path in paths)


def test_nothing_is_left_of_an_erased_person(company: Tenant, place: Path) -> None:
    canaries = Canaries()
    person = Life(company, canaries)
    contact_id = person.lived()
    stored = set(canaries.traces)
    person.be_refused()
    company.running.contacts("projections", "rebuild", "--jobs", "1")
    assert canaries.found(tables(company)) == stored, "else nothing would be shown"
    assert len(canaries.found(answers(company, contact_id))) > len(stored) // 2

    company.running.contacts(
        *("erase", contact_id, "--company", company.name, "--reason", "subject_request")
    )
    for where in (tables(company), files(place), answers(company, contact_id)):
        assert canaries.found(where) == set()

    command = ("audit", "verify", "--company", company.name, "--json")
    assert company.running.contacts(*command)["whole"]
    company.running.contacts("projections", "rebuild", "--verify", "--jobs", "1")
    assert company.create(email=person.email)["id"] != contact_id


def test_a_canary_is_found_in_every_disguise() -> None:
    canaries = Canaries()
    name, number = canaries.word(), canaries.mobile()
    digits = "".join(sign for sign in number if sign.isdigit())
    percent = "".join(f"%{sign:02X}" for sign in name.encode())
    for text in (
        name.upper(),
        name.replace("ä", "ae"),
        digits,
        name.encode().hex().upper(),
        percent,
        *(b64encode(b"." * before + name.encode()).decode() for before in range(3)),
    ):
        assert len(canaries.found(f"... {text} ...".encode())) == 1, text
    assert canaries.found(b"something else") == set()
