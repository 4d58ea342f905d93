"""Whatever is wished, the past is told as it was live; and a time names one position for good."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from pydantic_core import from_json, to_json

from api.contacts import rendering
from api.history import instants, past
from api.history.replay import stream_of
from api.problems import ContactNotCreatedYet, FieldError
from domain import errors
from domain.application.contacts import Contacts
from domain.application.requests import Done
from domain.ports import Connection
from tests.integration.test_the_read_model_equals_a_fold_over_the_log import BATCHES, Wish, request
from tests.integration.writing import Books, creating, done, head_held

NOT_SHOWN = {
    "deleted": errors.ContactDeleted.code,
    "erased": errors.ContactErased.code,
}


def live(books: Books) -> dict[UUID, Any]:
    """Everything about each contact, as details answer it now; a code where they refuse."""
    return {
        row["contact_id"]: NOT_SHOWN.get(row["status"]) or shown(books, row)
        for row in books.rows("contact")
    }


def shown(books: Books, row: dict[str, Any]) -> Any:
    own = {
        view: [
            SimpleNamespace(**one)
            for one in books.rows(view)
            if one["contact_id"] == row["contact_id"]
        ]
        for view in ("appointment", "submission")
    }
    item = rendering.contact(SimpleNamespace(**row), row["contact_id"])
    content = rendering.with_appointments(item, own["appointment"])
    forms = sorted(own["submission"], key=lambda form: (form.submitted_at, form.submission_id))
    return plain({**content, "formSubmissions": [rendering.submission(form) for form in forms]})


def plain(content: Any) -> Any:
    return from_json(to_json(content))


def told(books: Books, contact_id: UUID, text: str) -> Any:
    """What is told of the contact at a time, or the code of the refusal."""
    point = instants.resolve(books.connection, books.company_id, text, "asOf")
    try:
        content, _ = past.details_at(books.connection, books.company_id, contact_id, point)
    except (errors.DomainError, ContactNotCreatedYet) as refusal:
        return refusal.code
    content = plain(content)
    del content["asOf"]
    return content


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
@given(batches=BATCHES)
def test_every_state_that_was_live_is_told_again(
    books: Books, side: Contacts, batches: list[tuple[bool, list[list[Wish]]]]
) -> None:
    books = books.another()
    known: list[UUID] = []
    snapshots: list[tuple[instants.Point, dict[UUID, Any]]] = []
    for _, wishes in batches:
        outcomes = side.run([request(books, wish, known) for wish in wishes])
        for outcome in outcomes:
            if isinstance(outcome, Done):
                known += [one.contact_id for one in outcome.changes if one.created]
        point = instants.resolve(books.connection, books.company_id, None, "asOf")
        snapshots.append((point, live(books)))
    ended = {one for one, state in live(books).items() if state == errors.ContactErased.code}
    for point, state in snapshots:
        for contact_id in known:
            expected = state.get(contact_id, ContactNotCreatedYet.code)
            wanted = errors.ContactErased.code if contact_id in ended else expected
            assert told(books, contact_id, f"position:{point.position}") == wanted
            assert told(books, contact_id, instants.exact(point.time)) == wanted


@pytest.fixture
def reader(shared_url: str) -> Iterator[Connection]:
    with psycopg.connect(shared_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def busy(books: Books, side: Contacts) -> Books:
    """A company whose log has twenty events, each with a time of its own."""
    for number in range(20):
        done(side.run([creating(books.company_id, email=f"{number}@x.test")])[0])
    return books


def test_a_time_names_the_last_position_recorded_until_then(busy: Books) -> None:
    events = busy.events()
    for event in events:
        for offset, position in ((0, event["position"]), (-1, event["position"] - 1)):
            moment = event["recorded_at"] + timedelta(microseconds=offset)
            text = instants.exact(moment)
            point = instants.resolve(busy.connection, busy.company_id, text, "asOf")
            assert point == instants.Point(position, moment)
    before = events[0]["recorded_at"] - timedelta(days=999)
    assert instants.at_time(busy.connection, busy.company_id, before, "asOf").position == 0


def test_what_is_still_to_come_is_refused(busy: Books) -> None:
    tomorrow = instants.exact(datetime.now(UTC) + timedelta(days=1))
    for text in (tomorrow, "position:21", "position:999999999999999999"):
        with pytest.raises(FieldError) as refusal:
            instants.resolve(busy.connection, busy.company_id, text, "asOf")
        assert refusal.value.field == "asOf"


def test_who_asks_for_now_waits_for_an_event_that_is_on_its_way(
    busy: Books, reader: Connection, shared_url: str
) -> None:
    """Its time was taken before the question came, so the answer has to count it."""
    contact = busy.events()[0]["contact_id"]
    append = (
        "SELECT FROM log.append("
        "ARRAY[%s::uuid], ARRAY[%s::uuid], ARRAY[2], ARRAY['contact.deleted'], "
        "ARRAY['{\"schema\": 1, \"data\": {}}'::bytea], ARRAY[''], ARRAY[''], ARRAY[''])"
    )
    with ThreadPoolExecutor(1) as threads, head_held(shared_url, busy.company_id) as writer:
        writer.execute(append, (busy.company_id, contact))
        (moment,) = busy.query("SELECT clock_timestamp() AS now")
        asked = threads.submit(instants.at_time, reader, busy.company_id, moment["now"], "asOf")
        wait_until_blocked(busy, reader, asked)
        writer.commit()
        assert asked.result(10).position == 21
    assert len(stream_of(busy.connection, busy.company_id, contact)) == 2


def wait_until_blocked(books: Books, connection: Connection, asked: Future[Any]) -> None:
    """Return once the connection waits for a lock, or has its answer without."""
    query = "SELECT wait_event_type FROM pg_stat_activity WHERE pid = %s"
    pid = connection.info.backend_pid
    while not asked.done() and books.query(query, pid)[0]["wait_event_type"] != "Lock":
        pass


def test_a_time_in_the_past_is_told_while_somebody_writes(busy: Books, shared_url: str) -> None:
    moment = busy.events()[9]["recorded_at"]
    with head_held(shared_url, busy.company_id):
        point = instants.at_time(busy.connection, busy.company_id, moment, "asOf")
    assert point.position == 10
