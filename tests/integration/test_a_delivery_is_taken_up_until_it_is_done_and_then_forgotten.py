"""What becomes of a stored delivery: taken up by one process, waited for, blanked in time."""

import asyncio

import pytest
from pydantic import JsonValue

from api.database import editing
from api.intake import forgetting, inbox
from api.intake.desk import IntakeDesk
from api.intake.inbox import Delivery, State
from api.intake.source import Understood
from api.writer import Writer
from domain import errors
from domain.application.requests import Done, Request
from tests.intake_payloads import calcom, calcom_no_show, calendly, calendly_cancelled, raw
from tests.integration.intake import added, aged, at_the_desk, deliveries, edge, only_stored, sent
from tests.integration.writing import Books


def states(books: Books) -> list[str]:
    return [delivery["state"] for delivery in deliveries(books)]


def test_what_a_process_stored_and_left_is_done_by_another(shared_url: str, books: Books) -> None:
    only_stored(shared_url, added(shared_url, books, "calcom"), calcom())
    at_the_desk(shared_url, lambda desk: desk.sweep())
    assert states(books) == ["received"], "somebody may still be at it"
    aged(books, "61 seconds")
    at_the_desk(shared_url, lambda desk: desk.sweep())
    assert states(books) == ["done"]
    assert books.topics() == ["created", "booking_linked"]


def test_two_processes_never_claim_the_same_delivery(shared_url: str, books: Books) -> None:
    sender = added(shared_url, books, "calcom")
    stored = {
        only_stored(shared_url, sender, calcom(uid=f"b-{number}")).delivery_id
        for number in range(20)
    }
    aged(books, "61 seconds")

    async def race() -> tuple[list[Delivery], list[Delivery]]:
        async with edge(shared_url) as one, edge(shared_url) as other:
            return await asyncio.gather(inbox.claim(one, 15), inbox.claim(other, 15))

    first, second = ({one.delivery_id for one in part} for part in asyncio.run(race()))
    assert first.isdisjoint(second)
    assert (first | second) & stored == stored


def test_a_mistake_of_ours_keeps_the_delivery_and_logs_nothing_of_it(
    shared_url: str,
    books: Books,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken:
        """A source whose code has a fault."""

        def understand(self, payload: JsonValue, region: str) -> Understood:
            raise KeyError(f"{payload} {region}")

    sender = added(shared_url, books, "calcom")
    with monkeypatch.context() as patch:
        patch.setattr("api.intake.reading.SOURCES", {"calcom": Broken()})
        (verdict,) = sent(shared_url, sender, calcom())
    assert (verdict.state, verdict.reason) == (
        State.REJECTED,
        "the service made a mistake; it was logged",
    )
    (delivery,) = deliveries(books)
    assert bytes(delivery["body"]) == raw(calcom())
    assert "KeyError in understand" in caplog.text
    assert "customer@example.com" not in caplog.text
    at_the_desk(shared_url, lambda desk: desk.replay(books.company_id))
    assert states(books) == ["done"]


def test_a_booking_that_comes_while_it_is_found_missing_is_not_waited_for_in_vain(
    shared_url: str, books: Books
) -> None:
    """Another process records the booking after the refusal, and before the note that it waits."""
    sender = added(shared_url, books, "calendly")

    class Overtaken(Writer):
        """Lets the booking pass after it has refused what speaks of it."""

        async def submit(self, request: Request) -> Done:
            try:
                return await super().submit(request)
            except errors.AppointmentNotFound:
                await asyncio.to_thread(sent, shared_url, sender, calendly())
                raise

    async def cancel(desk: IntakeDesk) -> State:
        desk._writer.__class__ = Overtaken
        _, verdict = await desk.receive(sender, raw(calendly_cancelled()))
        return verdict.state

    assert at_the_desk(shared_url, cancel) is State.DONE
    assert books.topics() == ["created", "booking_linked", "booking_cancelled"]
    assert states(books) == ["done", "done"]


def test_what_still_waits_is_tried_again_by_the_hour(shared_url: str, books: Books) -> None:
    sender = added(shared_url, books, "calcom")
    sent(shared_url, sender, calcom_no_show(customer=True))
    aged(books, "59 minutes")
    at_the_desk(shared_url, lambda desk: desk.sweep())
    assert [one["attempts"] for one in deliveries(books)] == [1]
    aged(books, "2 minutes")
    at_the_desk(shared_url, lambda desk: desk.sweep())
    assert [(one["attempts"], one["state"]) for one in deliveries(books)] == [(2, "waiting")]


def test_personal_data_is_removed_after_30_days(shared_url: str, books: Books) -> None:
    sender = added(shared_url, books, "calcom")
    early = calcom_no_show(uid="unheard of", customer=True)
    sent(shared_url, sender, calcom(), early, calcom(uid=None))
    aged(books, "29 days 23 hours")
    at_the_desk(shared_url, lambda desk: desk.sweep())
    assert all(one["body"] for one in deliveries(books))
    aged(books, "2 hours")
    at_the_desk(shared_url, lambda desk: desk.sweep())
    assert blank(books) == [True] * 3
    assert [(one["state"], one["reason"]) for one in deliveries(books)] == [
        ("done", None),
        ("rejected", "expired"),
        ("rejected", "expired"),
    ]
    assert at_the_desk(shared_url, lambda desk: desk.replay(books.company_id)) == []


def test_of_an_erased_contact_nothing_stays_and_of_others_everything(
    shared_url: str, books: Books
) -> None:
    sender = added(shared_url, books, "calcom")
    sent(
        shared_url,
        sender,
        calcom(),
        calcom_no_show(uid="unheard of", customer=True),
        {"triggerEvent": "UNKNOWN", "payload": {"email": "Customer@Example.com"}},
        {"triggerEvent": "UNKNOWN", "payload": {"email": "other@example.com"}},
    )
    another = books.another()
    sent(shared_url, added(shared_url, another, "calcom"), calcom())
    (contact_id,) = books.emails()
    with editing(shared_url) as connection:
        addresses = ["customer@example.com", "+12125552368"]
        forgotten = forgetting.forget(connection, books.company_id, contact_id, addresses)
    assert forgotten == 3
    assert blank(books) == [True, True, True, False]
    assert blank(another) == [False]


def blank(books: Books) -> list[bool]:
    """Whether nothing personal is left of each delivery."""
    names = ("body", "digest", "appointment_ids", "addresses")
    return [not any(one[name] for name in names) for one in deliveries(books)]
