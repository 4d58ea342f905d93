"""The change feed: every event once, in order, whoever writes; waiting costs nobody anything."""

import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random
from select import select
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import pytest

from tests.acceptance.conftest import Running, Tenant, client_of, make_tenant, start, stop
from tests.acceptance.refusals import expect_refusal
from tests.acceptance.stories import erase, good, history, tell

WRITERS = 8
WISHES_A_WRITER = 25
MOST_WAITING = 100


def page(http: httpx2.Client, **query: Any) -> dict[str, Any]:
    content: dict[str, Any] = good(http.get("/events", params=query)).json()
    return content


def positions(events: list[dict[str, Any]]) -> list[int]:
    return [int(event["id"]) for event in events]


def write(company: Tenant, number: int) -> int:
    """Create, change and delete contacts; return how many events that makes."""
    with client_of(company.running, company.key) as http:
        for wish in range(WISHES_A_WRITER):
            made = good(http.post("/crm", json={"email": f"{number}-{wish}@example.com"}))
            path = made.headers["location"]
            good(http.patch(path, json={"notes": "x", "tags": ["a"]}))
            good(http.delete(path))
    return 4 * WISHES_A_WRITER


def follow(company: Tenant, until: "Until", **query: Any) -> list[dict[str, Any]]:
    """Keep the last position, as a consumer does, until everything is written and read."""
    random, seen, after = Random(4711), [], 0
    with client_of(company.running, company.key) as http:
        while after < until.position:
            read = page(http, after=after, wait=0.2, limit=random.randint(1, 40), **query)
            seen += read["events"]
            assert read["next"] >= after
            after = read["next"]
    return seen


class Until:
    """How far a consumer has to read; nobody knows while others write."""

    position: float = float("inf")


def test_consumers_see_each_event_once_and_in_order_while_others_write(company: Tenant) -> None:
    until = Until()
    kinds = ["contact.deleted", "contact.created"]
    with ThreadPoolExecutor(WRITERS + 3) as threads:
        consumers = [threads.submit(follow, company, until) for _ in range(2)]
        picky = threads.submit(follow, company, until, types=kinds)
        writers = [threads.submit(write, company, number) for number in range(WRITERS)]
        until.position = sum(writer.result() for writer in writers)
        seen = [consumer.result() for consumer in consumers]
        picked = picky.result()
    stored = company.events()
    assert positions(seen[0]) == [event["position"] for event in stored]
    assert seen[0] == seen[1]
    assert picked == [event for event in seen[0] if event["type"] in kinds]


def test_an_event_is_a_cloud_event(company: Tenant) -> None:
    contact_id = tell(company)
    events = page(company.http)["events"]
    assert positions(events) == list(range(1, len(events) + 1))
    told = history(company, contact_id)["events"]
    for event, entry in zip(events, told, strict=True):
        assert event["specversion"] == "1.0"
        assert event["source"] == f"urn:uuid:{company.id}"
        assert event["subject"] == contact_id
        assert event["type"] == entry["kind"]
        assert event["time"] == entry["recordedAt"]
        assert event["data"] == entry["data"]
        assert event["contactversion"] == entry["version"]
        assert (event["origin"], event["requestid"]) == (entry["source"], entry["requestId"])
        assert all(re.fullmatch("[a-z0-9]{1,20}", name) for name in event)
    assert events[0]["actor"] == company.http.get("/v4/user/me").json()["id"]


def test_an_erased_contact_s_events_come_as_a_skeleton(company: Tenant) -> None:
    contact_id = tell(company)
    before = page(company.http)["events"]
    erase(company, contact_id)
    answer = company.http.get("/events")
    *skeleton, last = answer.json()["events"]
    assert skeleton == [{**event, "data": None} for event in before]
    assert last["data"] == {"reason": "subject_request"}
    assert "anna" not in answer.text


def test_a_rare_type_is_looked_for_piece_by_piece(company: Tenant) -> None:
    append = (
        (
            "SELECT count(*) FROM log.append("
            "array_fill(%(company)s::uuid, ARRAY[n]), array_fill(%(contact)s::uuid, ARRAY[n]), "
            "ARRAY(SELECT generate_series(1, n)), array_fill('contact.deleted'::text, ARRAY[n]), "
            "array_fill('{}'::bytea, ARRAY[n]), array_fill(''::text, ARRAY[n]), "
            "array_fill(''::text, ARRAY[n]), array_fill(''::text, ARRAY[n])) "
        )
        .replace("n]", "12000]")
        .replace("(1, n)", "(1, 12000)")
    )
    company.running.database.execute(append, {"company": company.id, "contact": uuid4()})
    company.create(email="a@example.com")
    first = page(company.http, types="contact.created", wait=30)
    assert first == {"events": [], "next": 10_000}
    second = page(company.http, types="contact.created", after=first["next"])
    assert (positions(second["events"]), second["next"]) == ([12_001], 12_001)


def test_who_waits_hears_of_an_event_at_once(company: Tenant) -> None:
    company.create(email="a@example.com")
    with ThreadPoolExecutor(1) as threads, client_of(company.running, company.key) as http:
        began = time.monotonic()
        waiting = threads.submit(page, http, after=1, wait=30)
        company.create(email="b@example.com")
        assert positions(waiting.result()["events"]) == [2]
        assert time.monotonic() - began < 5


def test_who_waits_for_one_type_is_not_sent_away_by_another(company: Tenant) -> None:
    contact_id = company.create(email="a@example.com")["id"]
    with ThreadPoolExecutor(1) as threads, client_of(company.running, company.key) as http:
        waiting = threads.submit(page, http, after=1, wait=30, types="contact.deleted")
        company.http.patch(f"/crm/{contact_id}", json={"notes": "x"})
        company.http.delete(f"/crm/{contact_id}")
        assert positions(waiting.result()["events"]) == [3]


def test_waiting_ends_with_the_time_that_was_given(company: Tenant) -> None:
    assert page(company.http, wait=0.3) == {"events": [], "next": 0}


def test_events_of_another_company_wake_nobody(company: Tenant, shared_company: Tenant) -> None:
    shared_company.create(email=f"{uuid4().hex}@example.com")
    assert page(company.http, wait=0.3) == {"events": [], "next": 0}


@contextmanager
def waiting_callers(company: Tenant, number: int) -> Iterator[list[socket.socket]]:
    """Callers who wait for an event on connections of their own, and hang up in the end."""
    place = urlsplit(company.running.url)
    request = (
        f"GET /events?wait=30&after={company.position()} HTTP/1.1\r\nHost: {place.netloc}\r\n"
        f"Authorization: Bearer {company.key}\r\n\r\n"
    )
    callers = [socket.create_connection((place.hostname, place.port)) for _ in range(number)]
    try:
        for caller in callers:
            caller.sendall(request.encode())
        yield callers
    finally:
        for caller in callers:
            caller.close()


def test_so_many_may_wait_and_who_hangs_up_makes_room(company: Tenant) -> None:
    contact_id = company.create(email="a@example.com")["id"]
    with waiting_callers(company, MOST_WAITING + 1) as callers:
        (sent_away,), _, _ = select(callers, [], [], 30)
        assert sent_away.recv(12) == b"HTTP/1.1 503"
        refused = company.http.get("/events", params={"wait": 0.1, "after": 1})
        expect_refusal(refused, 503)
        assert refused.json()["code"] == "too_many_waiting"
        assert refused.headers["retry-after"] == "1"
        # nobody who waits holds a connection to the database
        began = time.monotonic()
        for _ in range(20):
            assert company.read(contact_id)["item"]["email"] == "a@example.com"
        assert time.monotonic() - began < 5
        assert page(company.http)["next"] == 1
    began = time.monotonic()
    while company.http.get("/events", params={"wait": 0.1, "after": 1}).status_code == 503:
        assert time.monotonic() - began < 10


def test_all_who_wait_hear_of_one_event(company: Tenant) -> None:
    with waiting_callers(company, 30) as callers:
        company.create(email="a@example.com")
        for caller in callers:
            caller.settimeout(10)
            assert caller.recv(12) == b"HTTP/1.1 200"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"after": 1}, "after"),
        ({"after": -1}, "after"),
        ({"after": 2**63}, "after"),
        ({"limit": 0}, "limit"),
        ({"limit": 1_001}, "limit"),
        ({"wait": 31}, "wait"),
        ({"wait": "nan"}, "wait"),
        ({"types": ["contact.created", "contact.crated"]}, "types.1"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    company: Tenant, query: dict[str, Any], field: str
) -> None:
    expect_refusal(company.http.get("/events", params=query), 400, field)


def test_who_joins_types_by_commas_is_told_how_several_are_asked_for(company: Tenant) -> None:
    answer = company.http.get("/events", params={"types": "contact.created,contact.deleted"})
    expect_refusal(answer, 400, "types.0")
    (wrong,) = answer.json()["errors"]
    assert "types=contact.created&types=contact.deleted" in wrong["message"]


def test_only_auditors_follow(company: Tenant) -> None:
    command = ("keys", "create", "--company", company.id, "--scopes", "contacts:write", "--json")
    with client_of(company.running, company.running.contacts(*command)["key"]) as http:
        expect_refusal(http.get("/events"), 403)


def test_the_service_ends_at_once_although_somebody_waits(running: Running, tmp_path: Path) -> None:
    other = start(running.database_url, tmp_path / "data")
    tenant = make_tenant(other)
    with tenant.http, waiting_callers(tenant, 1) as (caller,):
        caller.settimeout(10)
        assert page(tenant.http, wait=0.2)["events"] == []  # by now the other one waits
        began = time.monotonic()
        stop(other)
        assert time.monotonic() - began < 10
        assert caller.recv(12) == b"HTTP/1.1 200"
