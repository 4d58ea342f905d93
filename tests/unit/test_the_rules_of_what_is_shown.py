"""What history makes of a contact's row: derived tags, no-shows, and what it is found by."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.contact.events import (
    Address,
    BookingCancelled,
    BookingLinked,
    BookingRescheduled,
    Created,
    Deleted,
    Erased,
    FormSubmitted,
    NoShowCleared,
    NoShowMarked,
    OptinConfirmed,
    OptinRequested,
    OptinWithdrawn,
    Restored,
    Tagged,
    Untagged,
    Updated,
)
from domain.kernel import Event, Redacted
from projections.appointments.projector import AppointmentRow
from projections.contacts.projector import ContactRow
from projections.inline import APPOINTMENTS, CONTACTS, SUBMISSIONS, ContactRows
from tests.unit.given_when_then import ANNA
from tests.unit.histories import HOST, NINE, NOON, TEN, recorded

COMPANY = UUID("0190a5f0-1c2e-7000-9000-000000000001")
BORN = Created(
    first_name="Jürgen",
    last_name="Ørsted",
    email="J.Orsted@Example.com",
    phone_number="+49 151 1234",
    phone_key="+491511234",
    tags=("Lead",),
    source="api",
)


def rows(*events: Event) -> ContactRows:
    contact = ContactRows(COMPANY, ANNA)
    for version, event in enumerate(events, start=1):
        contact.fold(recorded(ANNA, version, event))
    return contact


def shown(*events: Event) -> ContactRow:
    row: ContactRow = rows(*events).of(CONTACTS)[()]
    return row


def places(*events: Event) -> dict[tuple[str, str], AppointmentRow]:
    return dict(rows(*events).of(APPOINTMENTS).items())  # type: ignore[arg-type]


def linked(appointment_id: str, attendee_id: str = "p1", **more: Any) -> BookingLinked:
    return BookingLinked(
        appointment_id=appointment_id, attendee_id=attendee_id, start=NINE, end=TEN, **more
    )


def moved(old: str, new: str | None = None, attendee_id: str = "p1") -> BookingRescheduled:
    place: dict[str, Any] = {"appointment_id": old, "attendee_id": attendee_id}
    return BookingRescheduled(**place, start=TEN, end=NOON, new_appointment_id=new)


def cancelled(appointment_id: str) -> BookingCancelled:
    return BookingCancelled(appointment_id=appointment_id, attendee_id="p1", reason="ill")


def marked(appointment_id: str, attendee_id: str = "p1") -> NoShowMarked:
    return NoShowMarked(appointment_id=appointment_id, attendee_id=attendee_id)


def cleared(appointment_id: str) -> NoShowCleared:
    return NoShowCleared(appointment_id=appointment_id, attendee_id="p1")


AGREED = OptinConfirmed(email="a@x.test", confirmed_at=NINE)
TAKEN_BACK = OptinWithdrawn(withdrawn_at=NINE)

# -- Recurring -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "recurring"),
    [
        ([linked("m1")], False),
        ([linked("m1"), linked("m2")], True),
        ([linked("m1"), linked("m1", "p2")], False),
        ([linked("m1"), moved("m1")], False),
        ([linked("m1"), moved("m1", "m2")], False),
        ([linked("m1"), moved("m1", "m2"), linked("m2", "p2")], False),
        ([linked("m1"), moved("m1", "m2"), moved("m2", "m3"), linked("m4")], True),
        ([linked("m1"), cancelled("m1")], False),
        ([linked("m1"), cancelled("m1"), linked("m2")], True),
        ([linked("m1"), linked("m2"), cancelled("m1"), cancelled("m2")], True),
        ([linked("m1"), linked("m2"), Untagged(tags=("Lead",))], True),
    ],
)
def test_recurring_from_the_second_booking_on(events: list[Event], *, recurring: bool) -> None:
    assert ("Recurring" in shown(BORN, *events).tags) is recurring


# -- Optin ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "opted_in"),
    [
        ([OptinRequested(email="a@x.test", wording="?", requested_at=NINE)], False),
        ([AGREED], True),
        ([AGREED, AGREED], True),
        ([AGREED, TAKEN_BACK], False),
        ([AGREED, TAKEN_BACK, AGREED], True),
        ([TAKEN_BACK], False),
    ],
)
def test_optin_while_the_consent_stands(events: list[Event], *, opted_in: bool) -> None:
    assert ("Optin" in shown(BORN, *events).tags) is opted_in


def test_derived_tags_come_after_the_callers_own() -> None:
    history = [BORN, AGREED, linked("m1"), linked("m2"), Tagged(tags=("VIP", "Lead"))]
    assert shown(*history).tags == ("Lead", "VIP", "Recurring", "Optin")
    assert shown(*history, Untagged(tags=("Lead",))).tags == ("VIP", "Recurring", "Optin")


# -- no-shows ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "count"),
    [
        ([], 0),
        ([marked("m1")], 1),
        ([marked("m1"), marked("m1")], 1),
        ([marked("m1"), marked("m2")], 2),
        ([marked("m1"), cleared("m1")], 0),
        ([marked("m1"), cleared("m1"), marked("m1")], 1),
        ([marked("m1"), cancelled("m1")], 0),
        ([cancelled("m1")], 0),
        ([marked("m1"), moved("m1", "m3")], 1),
        ([marked("m1"), moved("m1", "m3"), cleared("m3")], 0),
        ([marked("m1"), moved("m1")], 1),
        ([linked("m1", "p2"), marked("m1"), marked("m1", "p2")], 1),
        ([linked("m1", "p2"), marked("m1"), marked("m1", "p2"), cleared("m1")], 1),
        # m1 and m2 turn out to be one meeting
        ([marked("m2"), moved("m1", "m2")], 1),
        ([marked("m1"), marked("m2"), moved("m1", "m2")], 1),
    ],
)
def test_no_shows_are_the_distinct_meetings_now_marked(events: list[Event], count: int) -> None:
    history = (BORN, linked("m1"), linked("m2"), *events)
    assert shown(*history).no_show_count == count
    meetings = {row.appointment_id for row in places(*history).values() if row.is_no_show}
    assert len(meetings) == count


# -- the places ----------------------------------------------------------------------------------


def test_a_place_shows_what_the_scheduler_said() -> None:
    described = linked("m1", hosts=(HOST,), timezone="Europe/Berlin", channel="zoom", source="api")
    row = places(BORN, described)["m1", "p1"]
    assert row == AppointmentRow(
        appointment_id="m1",
        attendee_id="p1",
        start_at=NINE,
        end_at=TEN,
        timezone="Europe/Berlin",
        meeting_type_id=None,
        meeting_type_name=None,
        hosts=(HOST,),
        channel="zoom",
        meeting_link=None,
        source="api",
    )


def test_a_moved_place_keeps_what_it_was_but_for_name_and_times() -> None:
    before = places(BORN, linked("m1", channel="zoom"))["m1", "p1"]
    after = places(BORN, linked("m1", channel="zoom"), moved("m1", "m2"))
    expected = before._replace(
        appointment_id="m2",
        start_at=TEN,
        end_at=NOON,
        rescheduled_from="m1",
        former_ids=("m1",),
    )
    assert after == {("m2", "p1"): expected}


def test_a_cancelled_place_stays_and_says_why() -> None:
    row = places(BORN, linked("m1"), marked("m1"), cancelled("m1"))["m1", "p1"]
    assert (row.is_cancelled, row.cancel_reason, row.is_no_show) == (True, "ill", False)


def test_an_event_about_a_place_that_nobody_knows_shows_nothing() -> None:
    history = (BORN, moved("m1", "m2"), cancelled("m1"), cleared("m1"))
    assert places(*history) == {}
    assert shown(*history).version == 4


# -- details, status and search keys -------------------------------------------------------------


def test_a_contact_is_found_by_its_keys_and_by_folded_names() -> None:
    row = shown(BORN)
    assert (row.email, row.email_key) == ("J.Orsted@Example.com", "j.orsted@example.com")
    assert row.phone_key == "+491511234"
    assert (row.first_name_key, row.last_name_key) == ("jurgen", "orsted")
    assert "juergen" in str(row.folded)
    assert "j.orsted@example.com" in str(row.folded)


def test_a_hidden_contact_keeps_its_data_and_is_found_under_nothing() -> None:
    live, hidden = shown(BORN), shown(BORN, Deleted())
    keys = ("email_key", "phone_key", "folded", "first_name_key", "last_name_key")
    assert [getattr(hidden, key) for key in keys] == [None] * 5
    assert (hidden.status, hidden.email, hidden.tags) == ("deleted", live.email, live.tags)
    restored = shown(BORN, Deleted(), Restored())
    assert [getattr(restored, key) for key in keys] == [getattr(live, key) for key in keys]


def test_an_invalid_number_is_shown_and_nobody_is_found_by_it() -> None:
    row = shown(BORN, Updated(phone_number="call me", phone_key=None))
    assert (row.phone_number, row.phone_key) == ("call me", None)


def test_changes_merge_into_the_row() -> None:
    row = shown(
        BORN,
        Updated(additional_data={"a": 1, "b": {"x": 1}}, address=Address(city="Köln")),
        Updated(additional_data={"a": None, "b": {"y": 2}}, address=None, first_name=None),
    )
    assert row.additional_data == {"b": {"y": 2}}
    assert (row.address, row.first_name, row.last_name) == (None, None, "Ørsted")


def test_a_row_knows_when_it_began_when_it_changed_last_and_its_version() -> None:
    row = shown(
        BORN, Updated(title="Dr."), OptinRequested(email="a", wording="?", requested_at=NINE)
    )
    assert row.created_at == NINE + timedelta(minutes=1)
    assert (row.updated_at, row.version) == (NINE + timedelta(minutes=3), 3)


def test_a_submission_is_shown_as_it_was_filled_in() -> None:
    form = FormSubmitted(submission_id="s1", answers={"q": [1]}, submitted_at=NINE)
    (row,) = rows(BORN, form).of(SUBMISSIONS).values()
    assert row == ("s1", None, None, {"q": [1]}, NINE)


def test_nothing_is_left_of_an_erased_contact_but_that_it_was_there() -> None:
    form = FormSubmitted(submission_id="s1", answers={"q": 1}, submitted_at=NINE)
    erased = rows(BORN, linked("m1"), linked("m2"), AGREED, form, Erased(reason="mistake"))
    assert erased.of(APPOINTMENTS) == erased.of(SUBMISSIONS) == {}
    row = erased.of(CONTACTS)[()]
    empty = ContactRow(
        status="erased", version=6, created_at=row.created_at, updated_at=row.updated_at
    )
    assert row == empty


def test_the_rows_are_the_same_when_the_data_was_erased_meanwhile() -> None:
    whole = rows(BORN, linked("m1"), Erased(reason="mistake"))
    gone = [Redacted(topic=BORN.TOPIC), Redacted(topic="contact.booking_linked")]
    blanked = rows(*gone, Erased(reason="mistake"))
    assert blanked.views == whole.views


def test_a_copy_of_rows_is_independent() -> None:
    original = rows(BORN, linked("m1"))
    original.settle()
    before = [dict(view) for view in original.views]
    twin = original.copy()
    twin.fold(recorded(ANNA, 3, linked("m2")))
    assert [dict(view) for view in original.views] == before
    assert [set(keys) for keys in original.changed] == [set(), set(), set()]
    assert [set(keys) for keys in twin.changed] == [{()}, {("m2", "p1")}, set()]


def test_rows_are_independent_of_their_copy() -> None:
    original = rows(BORN, linked("m1"))
    twin = original.copy()
    before = [dict(view) for view in original.views]
    original.fold(recorded(ANNA, 3, linked("m2")))
    assert [dict(view) for view in twin.views] == before


def test_rows_that_follow_others_become_equal_to_them() -> None:
    ahead = rows(BORN, linked("m1"))
    behind = ahead.copy()
    for version, event in enumerate((linked("m2"), Erased(reason="mistake")), start=3):
        ahead.settle()
        ahead.fold(recorded(ANNA, version, event))
        assert behind.views != ahead.views
        behind.follow(ahead)
        assert behind.views == ahead.views
