"""Hides how sample wishes and histories are made; of few values, so that they collide."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from domain.contact import commands as c
from domain.contact.events import Address, Details, Host
from domain.contact.memory import wording_digest
from domain.kernel import Command, Event, Recorded

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TEN, ELEVEN, NOON = (NINE + timedelta(hours=hours) for hours in (1, 2, 3))
HOST = Host(id="7b0c9a52-3d5f-4a53-9d0e-0f2f3a1f6a11", email="john@example.com", name="John")
NAMELESS_HOST = Host(id="host-123")


def recorded(contact_id: UUID, version: int, event: Event) -> Recorded:
    """An event in its place; every event of a sample has a minute of its own."""
    return Recorded(contact_id, version, event, version, NINE + timedelta(minutes=version))


def meeting(appointment_id: str = "appt-1", start: datetime = NINE, **more: Any) -> c.Meeting:
    return c.Meeting(appointment_id, start, start + timedelta(minutes=30), **more)


def link(
    appointment_id: str = "appt-1",
    attendee_id: str | None = "att-1",
    start: datetime = NINE,
    hosts: tuple[Host, ...] = (),
    **known: Any,
) -> c.LinkBooking:
    details = Details(**(known or {"email": "anna@example.com"}))
    return c.LinkBooking(
        meeting(appointment_id, start, hosts=hosts), details, "made-up", attendee_id
    )


def move(
    appointment_id: str = "appt-1",
    start: datetime = TEN,
    new_id: str | None = None,
    attendee_id: str | None = None,
) -> c.RescheduleBooking:
    end = start + timedelta(minutes=30)
    return c.RescheduleBooking(appointment_id, start, end, attendee_id, new_id)


# -- any history ---------------------------------------------------------------------------------

NAMES = st.sampled_from(["Anna", "Jürgen", "Ødegård"])
EMAILS = st.sampled_from(["a@x.test", "B@x.test", "c@x.test", "d@x.test"])
PHONES = st.sampled_from([("0151 1", None), ("+4915112345678", "+4915112345678")])
APPOINTMENTS = st.sampled_from(["m1", "m2", "m3"])
ATTENDEES = st.sampled_from(["p1", "p2"])
TIMES = st.sampled_from([NINE, TEN, ELEVEN])
TAGS = st.lists(st.sampled_from(["Lead", "VIP", "Recurring", "Optin"]), max_size=3).map(tuple)
JSON: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 1, 1.5, "x", {"n": [1, {"b": 1, "a": 2}]}, []]
)
DATA = st.none() | st.dictionaries(st.sampled_from(["a", "b", "c"]), JSON, max_size=3)


@st.composite
def details(draw: st.DrawFn, *, founding: bool = False) -> Details:
    """Some fields, each with a value or cleared; a founding one nearly always has an address."""
    fields: dict[str, Any] = {}
    optional = {
        "first_name": st.none() | NAMES,
        "last_name": st.none() | NAMES,
        "notes": st.none() | st.sampled_from(["n", "long\nnote"]),
        "email": EMAILS if founding else st.none() | EMAILS,
        "address": st.none() | st.just(Address(city="Köln", zip="50667")),
        "account_owner_id": st.none() | st.just(UUID(HOST.id)),
        "additional_data": DATA,
    }
    for name, values in optional.items():
        if draw(st.integers(0, 2)) == 0 or (founding and name == "email" and draw(st.booleans())):
            fields[name] = draw(values)
    if draw(st.integers(0, 3)) == 0:
        typed = draw(PHONES if founding else st.just((None, None)) | PHONES)
        fields["phone_number"], fields["phone_key"] = typed
    return Details(**fields)


def creations() -> st.SearchStrategy[c.CreateContact]:
    return st.builds(c.CreateContact, details(founding=True), TAGS, update_existing=st.booleans())


@st.composite
def bookings(draw: st.DrawFn) -> c.LinkBooking:
    start = draw(TIMES)
    hosts = draw(st.sampled_from([(), (HOST,), (NAMELESS_HOST, HOST)]))
    attendee_id = draw(st.none() | ATTENDEES)
    known = draw(details(founding=True))
    booked = meeting(draw(APPOINTMENTS), start, hosts=hosts)
    return c.LinkBooking(booked, known, draw(ATTENDEES), attendee_id)


@st.composite
def moves(draw: st.DrawFn) -> c.RescheduleBooking:
    place = draw(APPOINTMENTS), draw(TIMES)
    return move(*place, draw(st.none() | APPOINTMENTS), draw(st.none() | ATTENDEES))


def of_a_meeting() -> st.SearchStrategy[Command]:
    """Wishes that speak of a meeting and may be sent to all who hold a place in it."""
    place = (APPOINTMENTS, st.none() | ATTENDEES)
    return st.one_of(
        moves(),
        st.builds(c.CancelBooking, *place, st.none() | st.just("ill")),
        st.builds(c.MarkNoShow, *place),
        st.builds(c.ClearNoShow, *place),
    )


def of_a_contact() -> st.SearchStrategy[Command]:
    """Wishes that are sent to one contact."""
    answers = st.just({"q": ["a", 1]})
    return st.one_of(
        st.builds(c.UpdateContact, details(), st.none() | TAGS),
        of_a_meeting(),
        st.builds(c.SubmitForm, st.sampled_from(["s1", "s2"]), TIMES, answers),
        st.builds(c.RequestOptin, st.just("May we?"), TIMES),
        st.builds(c.ConfirmOptin, EMAILS, st.just(wording_digest("May we?")), TIMES),
        st.builds(c.WithdrawOptin, TIMES),
        st.sampled_from([c.DeleteContact(), c.RestoreContact(), c.RestoreContact()]),
    )


def commands() -> st.SearchStrategy[Command]:
    """Anything that may be wished."""
    erase = st.builds(c.EraseContact, st.sampled_from(["subject_request", "mistake"]))
    return st.one_of(creations(), bookings(), bookings(), of_a_contact(), of_a_contact(), erase)
