"""What each scheduler's deliveries ask of the write side."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import JsonValue

from api.intake import calcom, calendly, meetergo
from api.intake.source import Understood
from domain.application.requests import Holding, Matching, Place, Step
from domain.contact.commands import (
    CancelBooking,
    ClearNoShow,
    EnrichContact,
    LinkBooking,
    MarkNoShow,
    Meeting,
    SubmitForm,
)
from domain.contact.events import Details, FormerPlace, Host
from tests import intake_payloads as sent

EIGHT = datetime(2034, 1, 15, 8, tzinfo=UTC)
HALF_PAST = datetime(2034, 1, 15, 8, 30, tzinfo=UTC)
NEXT_DAY = datetime(2034, 1, 16, 8, tzinfo=UTC)
BOOKED_AT = datetime(2034, 1, 10, 15, 30, tzinfo=UTC)
JOHN = "7b0c9a52-3d5f-4a53-9d0e-0f2f3a1f6a11"
JANE = Details(
    first_name="Jane",
    last_name="Doe",
    email="customer@example.com",
    phone_number="+12125552368",
    phone_key="+12125552368",
    language="en",
    additional_data={"What is your budget?": "$1-5M"},
)
MEETING = Meeting(
    "appt-uuid-12345",
    EIGHT,
    HALF_PAST,
    "America/New_York",
    "mt-uuid-456",
    "Discovery Call",
    (Host(id=JOHN, email="john@example.com", name="John Smith"),),
    "zoom",
    "https://zoom.example/j/123456789",
)
JANES_KEYS = ("customer@example.com", "+12125552368")


def links(understood: Understood) -> list[LinkBooking]:
    """The places asked for, without the id that is made up anew each time."""
    commands = [step.command for step in understood.steps]
    return [
        replace(one, new_attendee_id="made-up") for one in commands if isinstance(one, LinkBooking)
    ]


def targets(understood: Understood) -> list[object]:
    return [step.target for step in understood.steps]


def held(appointment_id: str, attendee_id: str | None = None, email: str | None = None) -> Holding:
    return Holding(appointment_id, attendee_id, known_as=email, even_formerly=True)


# -- meetergo ------------------------------------------------------------------------------------


@pytest.mark.parametrize("second", [False, True])
def test_a_booking_of_meetergo_in_either_generation(second: bool) -> None:
    understood = meetergo.understand(sent.meetergo_booking(second_generation=second), "DE")
    assert links(understood) == [
        LinkBooking(MEETING, JANE, "made-up", "att-uuid-789", source="meetergo", said_at=BOOKED_AT)
    ]
    place = Place("appt-uuid-12345", "att-uuid-789")
    assert targets(understood) == [Matching(*JANES_KEYS, place)]
    assert understood[1:] == (("appt-uuid-12345",), JANES_KEYS, BOOKED_AT)


def test_a_reschedule_of_meetergo_keeps_the_id_or_brings_a_new_one() -> None:
    later: dict[str, Any] = {
        "start": "2034-01-16T09:00:00+01:00",
        "end": "2034-01-16T09:30:00+01:00",
    }
    body = sent.meetergo_booking(
        "booking_rescheduled", **later, rescheduledAt="2034-01-11T10:00:00Z"
    )
    (kept,) = links(meetergo.understand(body, "DE"))
    place = FormerPlace(appointment_id="appt-uuid-12345", attendee_id="att-uuid-789")
    assert kept.moved_from == place
    assert kept.meeting.start == NEXT_DAY
    assert kept.said_at == datetime(2034, 1, 11, 10, tzinfo=UTC)
    body = sent.meetergo_booking("booking_rescheduled", **later, id=77, rescheduledFromId="appt-1")
    understood = meetergo.understand(body, "DE")
    (renamed,) = links(understood)
    assert renamed.meeting.appointment_id == "77"
    assert renamed.moved_from == FormerPlace(appointment_id="appt-1")
    assert understood.appointment_ids == ("77", "appt-1")
    assert targets(understood) == [Matching(*JANES_KEYS, Place("appt-1", "att-uuid-789"))]


@pytest.mark.parametrize(
    "state",
    [
        {"isCancelled": True},
        {"isCancelled": None},
        {"cancel": {"actionSource": "attendee", "reason": None}},
        {"isCancelled": True, "attendees": [{"id": 1, "isCancelled": True}, {"id": 2}]},
        {"isCancelled": True, "attendees": None, "start": None},
    ],
)
def test_a_meeting_of_meetergo_is_called_off(state: dict[str, Any]) -> None:
    understood = meetergo.understand(sent.meetergo_booking("booking_cancelled", **state), "DE")
    command = CancelBooking("appt-uuid-12345", None, None, BOOKED_AT)
    assert understood.steps == (Step(held("appt-uuid-12345"), command),)


def test_a_cancellation_of_meetergo_has_its_own_reason_and_time() -> None:
    cancel = {"actionAt": "2034-01-12T09:00:00+01:00", "actionBy": "someone", "reason": "ill"}
    understood = meetergo.understand(sent.meetergo_booking("booking_cancelled", cancel=cancel), "")
    noon = datetime(2034, 1, 12, 8, tzinfo=UTC)
    assert understood.steps[0].command == CancelBooking("appt-uuid-12345", None, "ill", noon)
    assert understood.said_at == noon


@pytest.mark.parametrize(
    "attendees",
    [
        [{"id": "a1", "isCancelled": True}, {"id": "a2", "isCancelled": False}],
        [{"id": "a1", "cancel": {"reason": "ill"}}, {"id": "a2"}],
        [{"id": "a1"}],
    ],
)
def test_one_attendee_leaves_a_group_of_meetergo(attendees: list[Any]) -> None:
    body = sent.meetergo_booking("booking_cancelled", attendees=attendees)
    assert targets(meetergo.understand(body, "")) == [held("appt-uuid-12345", "a1")]


def test_a_form_of_meetergo_makes_or_enriches_its_sender() -> None:
    understood = meetergo.understand(sent.meetergo_form(), "DE")
    noon = datetime(2034, 1, 16, 12, tzinfo=UTC)
    target = Matching("customer@example.com")
    answers: dict[str, JsonValue] = {"How was it?": "Good", "Stars": 5}
    assert understood == Understood(
        (
            Step(target, EnrichContact(Details(email="customer@example.com"), "meetergo")),
            Step(target, SubmitForm("sub-1", noon, answers, "form-1", "Feedback")),
        ),
        (),
        ("customer@example.com",),
        noon,
    )


@pytest.mark.parametrize(
    "shape",
    [
        {"answers": None, "fields": [{"label": "Stars", "value": 5}]},
        {"answers": [{"question": "Stars", "answer": 5}, "odd"]},
        {"answers": [{"name": "Stars", "value": 5}]},
        {"formId": None, "formName": None, "form": {"id": "form-1", "name": "Feedback"}},
        {"email": None, "contact": {"email": "customer@example.com"}},
        {"email": None, "attendee": {"email": "customer@example.com"}},
        {"submittedAt": None, "createdAt": "2034-01-16T12:00:00Z"},
        {"id": None, "submissionId": 4711},
    ],
)
@pytest.mark.parametrize("second", [False, True])
def test_a_form_of_meetergo_has_one_of_several_shapes(shape: dict[str, Any], second: bool) -> None:
    body = sent.meetergo_form(second_generation=second, **shape)
    form = meetergo.understand(body, "DE").steps[1].command
    assert isinstance(form, SubmitForm)
    assert form.answers["Stars"] == 5
    assert (form.form_id, form.form_name) == ("form-1", "Feedback")
    assert form.submission_id in ("sub-1", "4711")


def test_a_new_employee_is_nobody_s_booking() -> None:
    assert meetergo.understand({"webhookType": "new_employee", "id": 1}, "DE") == Understood()
    assert meetergo.understand({"event": "new_employee", "data": None}, "DE") == Understood()


def test_what_is_stored_of_meetergo_has_no_secret() -> None:
    for second in (False, True):
        body = sent.meetergo_booking(second_generation=second)
        fields = body["data"] if second else body
        assert fields.pop("secret") == "secret-token-xyz"
        whole = sent.meetergo_booking(second_generation=second)
        assert sent.parsed(meetergo.scrubbed(sent.raw(whole))) == body


@pytest.mark.parametrize(
    "body", [b"", b"no JSON", b"[1]", b"\xff\xfe", b"[" * 100_000, b'"secret"']
)
def test_what_is_no_object_is_stored_as_it_came(body: bytes) -> None:
    assert meetergo.scrubbed(body) == body


# -- Cal.com -------------------------------------------------------------------------------------


def test_a_booking_of_calcom() -> None:
    understood = calcom.understand(sent.calcom(), "DE")
    booked = replace(
        MEETING,
        appointment_id="bFJeNb2uX8ANpT3JL5EfXw",
        meeting_type_id="7",
        meeting_type_name="30 min",
        hosts=(Host(id="5", email="john@example.com", name="John Smith"),),
    )
    assert links(understood) == [
        LinkBooking(booked, JANE, "made-up", None, source="calcom", said_at=BOOKED_AT)
    ]
    assert targets(understood) == [Matching(*JANES_KEYS)]
    assert understood[1:] == (("bFJeNb2uX8ANpT3JL5EfXw",), JANES_KEYS, BOOKED_AT)


def test_a_move_of_calcom_names_the_new_uid_and_the_old_one() -> None:
    understood = calcom.understand(sent.calcom_moved(), "DE")
    (moved,) = links(understood)
    assert moved.meeting.appointment_id == "newUid"
    assert moved.meeting.start == NEXT_DAY
    assert moved.moved_from == FormerPlace(appointment_id="bFJeNb2uX8ANpT3JL5EfXw")
    assert understood.appointment_ids == ("newUid", "bFJeNb2uX8ANpT3JL5EfXw")


def test_a_cancellation_of_calcom_is_the_whole_meeting_s() -> None:
    body = sent.calcom("BOOKING_CANCELLED", cancellationReason="ill")
    understood = calcom.understand(body, "DE")
    command = CancelBooking("bFJeNb2uX8ANpT3JL5EfXw", None, "ill", BOOKED_AT)
    assert understood.steps == (Step(held("bFJeNb2uX8ANpT3JL5EfXw"), command),)
    assert understood.addresses == JANES_KEYS


def test_a_seat_given_up_at_calcom_is_that_attendee_s_alone() -> None:
    body = sent.calcom("BOOKING_CANCELLED", seatsPerTimeSlot=10, responses=None)
    (target,) = targets(calcom.understand(body, "DE"))
    assert target == held("bFJeNb2uX8ANpT3JL5EfXw", email="customer@example.com")
    by_phone = sent.calcom_attendee(email="12125552368@sms.cal.com")
    body["payload"]["attendees"] = [by_phone]
    (target,) = targets(calcom.understand(body, "DE"))
    assert target == held("bFJeNb2uX8ANpT3JL5EfXw", email="+12125552368")
    body["payload"]["attendees"] = [by_phone, sent.calcom_attendee()]
    assert targets(calcom.understand(body, "DE")) == [held("bFJeNb2uX8ANpT3JL5EfXw")]


def test_calcom_says_of_each_attendee_whether_they_came() -> None:
    understood = calcom.understand(sent.calcom_no_show(jane=True, jim=False), "DE")
    ten = datetime(2034, 1, 15, 10, tzinfo=UTC)
    uid = "bFJeNb2uX8ANpT3JL5EfXw"
    assert understood.steps == (
        Step(held(uid, email="jane@example.com"), MarkNoShow(uid, said_at=ten)),
        Step(held(uid, email="jim@example.com"), ClearNoShow(uid, said_at=ten)),
    )
    assert understood.addresses == ("jane@example.com", "jim@example.com")
    assert calcom.understand(sent.calcom_no_show(), "DE").steps == ()


def test_number_and_answers_at_calcom_are_the_booker_s() -> None:
    guest = sent.calcom_attendee(email="guest@example.com", name="Jim", language=None)
    body = sent.calcom(attendees=[sent.calcom_attendee(), guest])
    booker, other = links(calcom.understand(body, "DE"))
    assert booker.details == JANE
    assert other.details == Details(first_name="Jim", email="guest@example.com")


def test_the_address_that_calcom_makes_up_for_a_number_is_none() -> None:
    attendee = sent.calcom_attendee(email="12125552368@sms.cal.com")
    understood = calcom.understand(sent.calcom(attendees=[attendee]), "DE")
    assert targets(understood) == [Matching(None, "+12125552368")]
    assert understood.addresses == ("+12125552368",)


@pytest.mark.parametrize(
    ("location", "videos", "channel", "link"),
    [
        ("integrations:daily", {}, "daily", None),
        ("https://meet.example/x", {}, None, "https://meet.example/x"),
        ("Weg 1, Köln", {}, None, None),
        (None, {"videoCallData": {"url": "https://v.example"}}, None, "https://v.example"),
        ("", {"metadata": {"videoCallUrl": "https://v.example"}}, None, "https://v.example"),
    ],
)
def test_where_a_meeting_of_calcom_takes_place(
    location: str | None, videos: dict[str, Any], channel: str | None, link: str | None
) -> None:
    body = sent.calcom(**{"metadata": None, "location": location, **videos})
    (command,) = links(calcom.understand(body, "DE"))
    assert (command.meeting.channel, command.meeting.meeting_link) == (channel, link)


@pytest.mark.parametrize("trigger", sorted(calcom.IGNORED))
def test_calcom_sends_more_than_bookings(trigger: str) -> None:
    body: JsonValue = {
        "triggerEvent": trigger,
        "createdAt": "2034-01-10T15:30:00Z",
        "payload": {"x": 1},
    }
    assert calcom.understand(body, "DE") == Understood(said_at=BOOKED_AT)


# -- Calendly ------------------------------------------------------------------------------------


def test_a_booking_of_calendly() -> None:
    understood = calendly.understand(sent.calendly(), "DE")
    booked = replace(MEETING, appointment_id="AAA", meeting_type_id="TYPE")
    jane = Details.model_validate(JANE.model_dump(exclude_unset=True, exclude={"language"}))
    assert links(understood) == [
        LinkBooking(booked, jane, "made-up", "BBB", source="calendly", said_at=BOOKED_AT)
    ]
    assert targets(understood) == [Matching(*JANES_KEYS, Place("AAA", "BBB"))]
    assert understood[1:] == (("AAA",), JANES_KEYS, BOOKED_AT)


def test_of_the_pair_with_which_calendly_moves_a_booking_only_the_new_place_says_something() -> (
    None
):
    gone, came = sent.calendly_pair()
    nothing = calendly.understand(gone, "DE")
    assert nothing.steps == ()
    assert nothing.appointment_ids == ("AAA",)
    assert nothing.addresses == JANES_KEYS
    understood = calendly.understand(came, "DE")
    (moved,) = links(understood)
    assert moved.moved_from == FormerPlace(appointment_id="AAA", attendee_id="BBB")
    assert (moved.meeting.appointment_id, moved.attendee_id) == ("CCC", "DDD")
    assert moved.meeting.start == NEXT_DAY
    assert understood.appointment_ids == ("CCC", "AAA")
    assert targets(understood) == [Matching(*JANES_KEYS, Place("AAA", "BBB"))]


def test_a_cancellation_of_calendly_is_one_invitee_s() -> None:
    understood = calendly.understand(sent.calendly_cancelled(), "DE")
    at = datetime(2034, 1, 12, 10, tzinfo=UTC)
    command = CancelBooking("AAA", "BBB", "ill", at)
    assert understood.steps == (Step(held("AAA", "BBB"), command),)
    assert understood[1:] == (("AAA",), JANES_KEYS, at)


def test_a_no_show_of_calendly_names_the_invitee_in_either_field() -> None:
    ten = datetime(2034, 1, 15, 10, tzinfo=UTC)
    by_mark = sent.calendly_no_show()
    by_invitee = sent.calendly_no_show()
    by_invitee["payload"] = {"uri": sent.calendly_uri("AAA", "BBB") + "/"}
    for body in (by_mark, by_invitee):
        (step,) = calendly.understand(body, "DE").steps
        assert step == Step(held("AAA", "BBB"), MarkNoShow("AAA", "BBB", ten))
    (step,) = calendly.understand(sent.calendly_no_show(marked=False), "DE").steps
    assert step.command == ClearNoShow("AAA", "BBB", ten)
