"""Deliveries that are odd: what is tolerated, and how a mistake is named without its value."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from api.intake.source import NotUnderstood, Understood
from api.intake.sources import SOURCES
from domain.application.requests import Matching, Place
from domain.contact.commands import CancelBooking, LinkBooking
from tests import intake_payloads as sent

SECRET = "Xk7-personal-value"


def refusal(source: str, body: JsonValue) -> str:
    with pytest.raises(NotUnderstood) as refused:
        SOURCES[source].understand(body, "DE")
    assert refused.value.__context__ is None or source == "meetergo"
    return str(refused.value)


def links(source: str, body: JsonValue) -> list[LinkBooking]:
    steps = SOURCES[source].understand(body, "DE").steps
    return [step.command for step in steps if isinstance(step.command, LinkBooking)]


# -- what is named -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "body", "reason"),
    [
        ("meetergo", sent.meetergo_booking(id=None), "id is missing"),
        ("meetergo", sent.meetergo_booking(start=None), "start is missing"),
        ("meetergo", sent.meetergo_booking(id="x" * 256), "id: String should have at most 255"),
        ("meetergo", sent.meetergo_booking(id={}), "id: Input should be a valid string"),
        ("meetergo", sent.meetergo_booking(attendees=SECRET), "attendees: Input should be a valid"),
        ("meetergo", sent.meetergo_booking(attendees=[SECRET]), "attendees.0 must be an object"),
        ("meetergo", sent.meetergo_booking(attendees=[]), "no attendee has an e-mail address"),
        ("meetergo", sent.meetergo_booking(attendees=None), "no attendee has an e-mail address"),
        (
            "meetergo",
            sent.meetergo_booking(attendees=[sent.meetergo_attendee(email=SECRET)]),
            "attendees.0.email: is no e-mail address",
        ),
        (
            "meetergo",
            sent.meetergo_booking(attendees=[sent.meetergo_attendee(email=f"ü@{SECRET}..x")]),
            "attendees.0.email: is no e-mail address",
        ),
        (
            "meetergo",
            sent.meetergo_booking(attendees=[sent.meetergo_attendee(firstname="J\0")]),
            "attendees.0.firstname: must not contain the character U+0000",
        ),
        (
            "meetergo",
            sent.meetergo_booking(attendees=[sent.meetergo_attendee(notes={SECRET: "\ud800"})]),
            "attendees.0.notes: must not contain lone surrogates",
        ),
        ("meetergo", sent.meetergo_booking(start=SECRET), "start: must be a time with an offset"),
        ("meetergo", sent.meetergo_booking(start=1_700_000_000), "start: must be a time with an"),
        (
            "meetergo",
            sent.meetergo_booking(start="2034-01-15T09:00:00"),
            "start: Input should have",
        ),
        (
            "meetergo",
            sent.meetergo_booking(end="2034-01-15T08:00:00+01:00"),
            "the meeting ends before it starts",
        ),
        (
            "meetergo",
            sent.meetergo_booking("booking_cancelled", attendees=[{"id": 1}, {"id": 2}]),
            "attendees: it is not said which of them cancelled",
        ),
        ("meetergo", sent.meetergo_form(email=None), "the form has neither an email nor a valid"),
        ("meetergo", sent.meetergo_form(submittedAt=None), "submittedAt is missing"),
        ("meetergo", sent.meetergo_form(answers=7), "answers: must be an object or a list"),
        ("meetergo", sent.meetergo_form(answers={SECRET: "x" * 70_000}), "answers must have at mo"),
        ("meetergo", sent.meetergo(SECRET, {}), "webhookType is none that is known"),
        ("meetergo", {"event": [SECRET]}, "event is none that is known"),
        ("meetergo", {"event": "booking_created"}, "the body is missing"),
        ("meetergo", [], "the body must be an object"),
        ("calcom", sent.calcom(uid=None), "payload.uid is missing"),
        ("calcom", sent.calcom(SECRET), "triggerEvent is none that is known"),
        ("calcom", {"triggerEvent": "BOOKING_CREATED"}, "payload is missing"),
        ("calcom", {**sent.calcom(), "createdAt": SECRET}, "createdAt: must be a time with an off"),
        (
            "calcom",
            {"triggerEvent": "BOOKING_NO_SHOW_UPDATED", "payload": {"uid": 1, "attendees": [{}]}},
            "payload.attendees.0.email is missing",
        ),
        ("calendly", sent.calendly(scheduled_event=None), "payload.scheduled_event is missing"),
        ("calendly", sent.calendly(uri="/"), "payload.uri: is no URI of Calendly's"),
        ("calendly", sent.calendly(uri="http://[x"), "payload.uri: is no URI of Calendly's"),
        ("calendly", sent.calendly(old_invitee=SECRET), "payload.old_invitee is no URI of an"),
        ("calendly", sent.calendly(old_invitee="http://[x"), "payload.old_invitee is no URI of an"),
        ("calendly", sent.calendly("invitee.moved"), "event is none that is known"),
        (
            "calendly",
            {"event": "invitee_no_show.created", "payload": {"uri": SECRET}},
            "payload: neither uri nor invitee is a URI of an invitee",
        ),
        ("calendly", "text", "the body must be an object"),
    ],
)
def test_the_reason_names_the_field_and_not_its_value(
    source: str, body: JsonValue, reason: str
) -> None:
    said = refusal(source, body)
    assert said.startswith(reason)
    assert SECRET not in said


# -- what is tolerated ---------------------------------------------------------------------------


def test_ids_may_be_numbers_and_are_kept_as_text() -> None:
    body = sent.meetergo_booking(
        id=12345, attendees=[sent.meetergo_attendee(id=7)], hosts=[{"id": 5}, {"fullName": "X"}]
    )
    (link,) = links("meetergo", body)
    assert (link.meeting.appointment_id, link.attendee_id) == ("12345", "7")
    assert [host.id for host in link.meeting.hosts] == ["5"]
    (link,) = links("calcom", sent.calcom(uid=10**30))
    assert link.meeting.appointment_id == str(10**30)


def test_missing_parts_are_no_mistake() -> None:
    bare: dict[str, Any] = {
        "id": "a",
        "start": "2034-01-15T09:00:00Z",
        "end": "2034-01-15T09:30:00Z",
        "attendees": [{"email": "jane@example.com"}],
    }
    (link,) = links("meetergo", sent.meetergo("booking_created", bare))
    assert link.said_at is None
    assert link.details.model_dump(exclude_unset=True) == {"email": "jane@example.com"}
    nulls = dict.fromkeys(sent.meetergo_booking(), None)
    assert links("meetergo", {**nulls, **sent.meetergo("booking_created", bare)}) != []


def test_a_booking_is_not_refused_for_a_long_title_or_reason() -> None:
    (link,) = links("calcom", sent.calcom(eventTitle="x" * 400))
    assert link.meeting.meeting_type_name == "x" * 320
    body = sent.calendly_cancelled(reason="x" * 400)
    (step,) = SOURCES["calendly"].understand(body, "DE").steps
    assert isinstance(step.command, CancelBooking)
    assert step.command.reason == "x" * 320


def test_each_attendee_who_can_be_reached_gets_a_place() -> None:
    people = [
        sent.meetergo_attendee(id="a1", email=None, phone="030 12345678"),
        sent.meetergo_attendee(id="a2", email=" ", phone=None),
        sent.meetergo_attendee(id="a3", email="Jim@Example.com", timezone="Europe/Berlin"),
    ]
    understood = SOURCES["meetergo"].understand(sent.meetergo_booking(attendees=people), "DE")
    assert [step.target for step in understood.steps] == [
        Matching(None, "+493012345678", Place("appt-uuid-12345", "a1")),
        Matching("jim@example.com", "+12125552368", Place("appt-uuid-12345", "a3")),
    ]
    assert understood.addresses == ("+493012345678", "jim@example.com", "+12125552368")
    times = [
        link.meeting.timezone for link in links("meetergo", sent.meetergo_booking(attendees=people))
    ]
    assert times == ["America/New_York", "Europe/Berlin"]


def test_a_number_that_is_not_valid_matches_nobody_but_the_same_place() -> None:
    attendee = sent.calcom_attendee(email=None, phoneNumber="+1-555-123-4567")
    understood = SOURCES["calcom"].understand(sent.calcom(uid="u", attendees=[attendee]), "DE")
    place = Place("u", phone_number="+1-555-123-4567")
    assert [step.target for step in understood.steps] == [Matching(None, None, place)]
    assert understood.addresses == ()


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ({"firstname": "Ann", "lastname": None}, ("Ann", None)),
        ({"firstname": None, "lastname": "", "fullname": "Ann Mary Lee"}, ("Ann Mary", "Lee")),
        ({"firstname": None, "lastname": None, "fullname": "Ann"}, ("Ann", None)),
        ({"firstname": None, "lastname": None, "fullname": None}, (None, None)),
        ({"firstname": None, "lastname": None, "fullname": " Ann\tLee "}, ("Ann", "Lee")),
    ],
)
def test_a_full_name_is_divided_only_where_there_is_no_other(
    typed: dict[str, Any], names: tuple[str | None, str | None]
) -> None:
    body = sent.meetergo_booking(attendees=[sent.meetergo_attendee(**typed)])
    (link,) = links("meetergo", body)
    assert (link.details.first_name, link.details.last_name) == names


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("pt-BR", "pt"),
        ("zh_Hans_CN", "zh"),
        ("DE", "de"),
        ("", None),
        ("x" * 9, None),
        (None, None),
    ],
)
def test_a_language_is_kept_without_its_region(tag: str | None, language: str | None) -> None:
    body = sent.meetergo_booking(attendees=[sent.meetergo_attendee(language=tag)])
    (link,) = links("meetergo", body)
    assert link.details.language == language


def test_answers_that_say_nothing_or_have_no_room_are_left_out_and_the_booking_is_not() -> None:
    notes: dict[str, JsonValue] = {
        "long": "x" * 70_000,
        "blank": "",
        "none": None,
        " ": "x",
        "empty": [],
        "zero": 0,
    }
    attendee = sent.meetergo_attendee(notes=notes)
    (link,) = links("meetergo", sent.meetergo_booking(attendees=[attendee]))
    assert link.details.additional_data == {"zero": 0}


@pytest.mark.parametrize(
    ("notes", "kept"),
    [
        ("Call me", {"notes": "Call me"}),
        ([{"question": "Why?", "answer": ["a", 1]}], {"Why?": ["a", 1]}),
        (None, None),
        ({}, None),
    ],
)
def test_answers_come_in_several_shapes(notes: JsonValue, kept: JsonValue) -> None:
    body = sent.meetergo_booking(attendees=[sent.meetergo_attendee(notes=notes)])
    (link,) = links("meetergo", body)
    assert link.details.additional_data == kept


# -- any JSON ------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        "2034-01-15T09:00:00Z",
        "jane@example.com",
        "+4930123456",
        "",
        "a/b",
        "http://[",
        "\0",
        "\ud800",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS
JSON: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda some: st.lists(some, max_size=3) | st.dictionaries(WORDS, some, max_size=3),
    max_leaves=8,
)
BODIES: list[tuple[str, Any]] = [
    *(
        ("meetergo", sent.meetergo_booking(f"booking_{kind}"))
        for kind in ("created", "rescheduled")
    ),
    ("meetergo", sent.meetergo_booking("booking_cancelled", cancel={"reason": "ill"})),
    ("meetergo", sent.meetergo_form(second_generation=True)),
    ("calcom", sent.calcom()),
    ("calcom", sent.calcom_moved(metadata=None)),
    ("calcom", sent.calcom("BOOKING_CANCELLED", seatsPerTimeSlot=3)),
    ("calcom", sent.calcom_no_show(jane=True)),
    ("calendly", sent.calendly()),
    *(("calendly", body) for body in sent.calendly_pair()),
    ("calendly", sent.calendly_no_show()),
]


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, Any]:
    """A delivery of which one part, anywhere in it, is missing or is anything else."""
    source, body = draw(st.sampled_from(BODIES))
    body = sent.parsed(sent.raw(body))
    part, key = body, draw(st.sampled_from(sorted(body)))
    while isinstance(part[key], dict | list) and part[key] and draw(st.integers(0, 3)):
        part = part[key]
        keys = sorted(part) if isinstance(part, dict) else range(len(part))
        key = draw(st.sampled_from(keys))
    part[key] = draw(JSON)
    return source, body


@settings(max_examples=1_000, deadline=None)
@given(damaged() | st.tuples(st.sampled_from(sorted(SOURCES)), JSON))
@example(("meetergo", {"webhookType": "booking_created", "id": 10**4000}))
@example(
    ("calcom", {"triggerEvent": "BOOKING_CREATED", "payload": {"responses": {"x": float("nan")}}})
)
def test_whatever_comes_is_understood_or_not_and_nothing_else(delivery: tuple[str, Any]) -> None:
    source, body = delivery
    try:
        understood = SOURCES[source].understand(body, "DE")
    except NotUnderstood as refused:
        said = str(refused)
    else:
        said = ""
        assert isinstance(understood, Understood)
        assert all(understood.addresses)
        assert all(0 < len(one) <= 255 for one in understood.appointment_ids)
    assert "jane@example.com" not in said
