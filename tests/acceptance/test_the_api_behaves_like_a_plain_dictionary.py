"""Any calls in any order: after each, the service shows what a plain dictionary would hold."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.acceptance.conftest import BOOKING, Running, Tenant, make_tenant
from tests.acceptance.plain_contacts import Fields, Person, PlainContacts, Refused
from tests.scale import FULL

EXAMPLES, STEPS = (250, 50) if FULL else (4, 30)
LEAST = 10_000 if FULL else 60

EMAILS = ["anna@example.com", " ANNA@Example.com", "ben@example.com", "çelik@example.com"]
NAMES = {"Anna": "anna", "Ben": "ben", "Çelik": "celik"}
WANTED = st.sampled_from(["anna", "ben", "celik", "example"])
NUMBERS = ["+493012345678", "+4915112345678"]
KNOWN: dict[str, st.SearchStrategy[Any]] = {
    "email": st.sampled_from(EMAILS),
    "phoneNumber": st.sampled_from(NUMBERS),
    "firstName": st.sampled_from(list(NAMES)),
    "notes": st.sampled_from(["a note", "another"]),
}
DATA = st.dictionaries(st.sampled_from(["Role", "City"]), st.sampled_from(["x", 1, [True]]))
NO_DATA = st.dictionaries(st.sampled_from(["Role", "City"]), st.none(), min_size=1)
FIELDS = st.fixed_dictionaries({}, optional={**KNOWN, "additionalData": DATA})
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        **{name: values | st.none() for name, values in KNOWN.items()},
        "additionalData": DATA | NO_DATA,
    },
)
TAGS = st.sets(st.sampled_from(["Lead", "VIP", "Recurring"]))
NEWEST = st.integers(0, 3)
"""One of the last few: they have the most in common."""

taken = 0
"""How many steps all machines together have taken."""


class Api(RuleBasedStateMachine):
    """Sends each wish to the service and to the dictionary, and compares what both say."""

    running: Running

    def __init__(self) -> None:
        """Begin with an empty company."""
        super().__init__()
        self.company: Tenant = make_tenant(self.running)
        self.http = self.company.http
        self.model = PlainContacts()
        self.meetings = 0

    def teardown(self) -> None:
        """Close the connection."""
        self.http.close()

    def pick(self, who: int) -> str:
        """Choose a contact, whatever became of it."""
        return newest(self.model.people)[who % len(self.model.people)]

    def agree(self, answer: httpx2.Response, wish: Callable[[], object], status: int) -> bool:
        """Compare; return whether it was granted."""
        refused: Refused | None = None
        try:
            wish()
        except Refused as because:
            refused = because
        assert answer.status_code == (refused.status if refused else status), answer.text
        assert refused is None or answer.json().get("existingContactId") == refused.holder
        return refused is None

    @rule(fields=FIELDS, tags=TAGS, twice=st.booleans())
    def create(self, fields: Fields, tags: set[str], twice: bool) -> None:
        """Create, perhaps once more with the same key."""
        headers = {"Idempotency-Key": f'"{uuid4()}"'}
        body = {**fields, "tags": sorted(tags)}
        answers = [self.http.post("/crm", json=body, headers=headers) for _ in range(1 + twice)]
        made: list[Person] = []
        own = tags - {"Recurring"}
        if self.agree(answers[0], lambda: made.append(self.model.make(fields, own)), 201):
            self.model.people[answers[0].json()["item"]["id"]] = made[0]
            assert answers[-1].content == answers[0].content
            assert (answers[-1].headers.get("Idempotency-Replayed") == "true") == twice

    @precondition(lambda self: self.model.people)
    @rule(who=NEWEST, fields=CHANGES, tags=st.none() | TAGS)
    def change(self, who: int, fields: Fields, tags: set[str] | None) -> None:
        """Change fields, clear some, replace the tags."""
        id_ = self.pick(who)
        body = {**fields, **({} if tags is None else {"tags": sorted(tags)})}
        own = None if tags is None else tags - {"Recurring"}
        answer = self.http.patch(f"/crm/{id_}", json=body)
        self.agree(answer, lambda: self.model.change(id_, fields, own), 200)

    @precondition(lambda self: self.model.live())
    @rule(who=NEWEST)
    def change_what_was_seen(self, who: int) -> None:
        """Of two who have seen the same, the first one changes it."""
        id_ = newest(self.model.live())[who % len(self.model.live())]
        seen = {"If-Match": self.http.get(f"/crm/{id_}").headers["etag"]}
        for status in (200, 412):
            note = {"notes": uuid4().hex}
            answer = self.http.patch(f"/crm/{id_}", json=note, headers=seen)
            assert answer.status_code == status
            if answer.is_success:
                self.model.change(id_, note, None)

    @precondition(lambda self: self.model.people)
    @rule(who=NEWEST, what=st.sampled_from(["delete", "delete", "restore", "restore", "erase"]))
    def end(self, who: int, what: str) -> None:
        """Hide, show again or destroy."""
        id_ = self.pick(who)
        if what == "delete":
            answer, status = self.http.delete(f"/crm/{id_}"), 204
        else:
            body = {"reason": "mistake"} if what == "erase" else None
            answer, status = self.http.post(f"/crm/{id_}/{what}", json=body), 200
        self.agree(answer, lambda: getattr(self.model, what)(id_), status)

    @rule(fields=FIELDS, email=KNOWN["email"])
    def book(self, fields: Fields, email: str) -> None:
        """Book a meeting, and say so twice."""
        self.meetings += 1
        name = f"meeting-{self.meetings}"
        known = {"email": email} | {n: v for n, v in fields.items() if n == "firstName"}
        body = {**BOOKING, "id": name, "attendees": [{"id": f"at-{name}", **known}]}
        first, again = (self.http.post("/crm/bookings", json=body) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 201), first.text
        assert first.content == again.content
        self.model.book(name, known, first.json()["result"][0]["id"])

    @precondition(lambda self: self.model.places())
    @rule(which=NEWEST, what=st.sampled_from(["cancel", "no-show", "clear"]))
    def tell(self, which: int, what: str) -> None:
        """Say what became of a meeting."""
        places = self.model.places()
        name = newest(places)[which % min(2, len(places))]
        place = places[name]
        if what == "no-show" and place.cancelled:
            return
        path = f"/crm/bookings/{name}/{'cancel' if what == 'cancel' else 'no-show'}"
        method = "DELETE" if what == "clear" else "POST"
        assert self.http.request(method, path, json={}).status_code == 200
        place.cancelled |= what == "cancel"
        if what != "cancel":
            place.no_show = what == "no-show"

    @rule(word=WANTED, tags=TAGS)
    def search(self, word: str, tags: set[str]) -> None:
        """Find by a part of name or address, and by tags."""
        query = {"searchTerm": word, "tags": sorted(tags)}
        content = self.http.get("/crm", params=query).json()
        found = {
            id_
            for id_, one in self.model.live().items()
            if word in searchable(one.fields) and tags <= one.shown["tags"]
        }
        assert {row["id"] for row in content["result"]} == found
        assert content["total"] == len(found)

    @invariant()
    def shows_the_same(self) -> None:
        """The list is the dictionary."""
        global taken  # noqa: PLW0603  # hypothesis makes and ends the machines
        taken += 1
        content = self.http.get("/crm", params={"limit": 100}).json()
        shown = {row["id"]: row["item"] for row in content["result"]}
        expected = {id_: one.shown for id_, one in self.model.live().items()}
        assert content["total"] == len(expected)
        assert {id_: as_model(item) for id_, item in shown.items()} == {
            id_: as_model(item) for id_, item in expected.items()
        }


def newest(known: Iterable[str]) -> list[str]:
    """Return the names of what is known, the last one first."""
    return list(known)[::-1]


def as_model(item: Fields) -> Fields:
    """Keep of a contact what the dictionary has as well."""
    names = ("phoneNumber", "firstName", "notes", "noShowCount")
    return {
        **{name: item.get(name) for name in names},
        "email": (item.get("email") or "").strip(),
        "additionalData": item.get("additionalData") or {},
        "tags": set(item["tags"]),
    }


def searchable(fields: Fields) -> str:
    """Return name and address as a search compares them."""
    name, email = NAMES.get(fields.get("firstName") or "", ""), fields.get("email") or ""
    return f"{name} {email.strip().lower().replace('ç', 'c')}"


@pytest.mark.scaled
@pytest.mark.timeout(3_600 if FULL else 120)
def test_whatever_is_called_the_answer_is_that_of_a_dictionary(running: Running) -> None:
    machine = type("Machine", (Api,), {"running": running})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # a shorter story takes minutes to find
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert taken >= LEAST
