"""Makes up what happened to a person: bookings, tags, absences, forms, consents, deletions."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from api.demo_data.people import Person
from domain.contact import events as e
from domain.kernel import Event

TAGS = {
    "Lead": 40,
    "Customer": 25,
    "Enterprise": 8,
    "Partner": 5,
    "Newsletter": 30,
    "Webinar": 12,
    "VIP": 2,
    "Trial": 15,
}
"""How many contacts of a hundred have which tag from the beginning."""

MEETINGS = ("Discovery Call", "Demo", "Onboarding", "Check-in", "Support")
ROLES = ("CEO", "CTO", "Head of Sales", "Office Manager", "Engineer", "Student")
EMPLOYERS = ("Acme GmbH", "Globex AG", "Initech Ltd", "Umbrella SE", "Stark KG", "Wayne & Söhne")
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 1_000
DAYS_PAST = 600
"""What people did lies behind them; meetings may lie ahead."""


def history(random: Random, who: Person, owners: list[UUID], more: int) -> Iterator[Event]:
    """Return how a contact came to be and `more` events that followed."""
    yield created(random, who, owners)
    meetings: list[e.BookingLinked] = []
    for left in range(more, 0, -1):
        if left == 1 and random.random() < 0.02:
            yield e.Deleted()
        else:
            yield following(random, who, meetings)


def created(random: Random, who: Person, owners: list[UUID]) -> e.Created:
    """Return how it begins."""
    fields: dict[str, object] = {
        "first_name": who.first_name,
        "last_name": who.last_name,
        "email": who.email,
        "language": who.language,
        "tags": tuple(tag for tag, share in TAGS.items() if chance(random, share)),
        "source": random.choice(("api", "booking", "import")),
    }
    if chance(random, 60):
        fields |= {"phone_number": who.phone, "phone_key": who.phone}
    if chance(random, 70):
        fields["account_owner_id"] = random.choice(owners)
    if chance(random, 50):
        fields |= {"employer": random.choice(EMPLOYERS), "title": random.choice(ROLES)}
    if chance(random, 40):
        fields["additional_data"] = {"Role": random.choice(ROLES), "Seats": random.randrange(500)}
    return e.Created.model_validate(fields)


def following(random: Random, who: Person, meetings: list[e.BookingLinked]) -> Event:
    """Return something that may happen next."""
    kind = random.random()
    if not meetings or kind < 0.45:
        meetings.append(booked(random))
        return meetings[-1]
    last = meetings[-1]
    place: dict[str, Any] = {"appointment_id": last.appointment_id, "attendee_id": last.attendee_id}
    if kind < 0.55:
        later = last.start + timedelta(days=7)
        return e.BookingRescheduled(start=later, end=later + timedelta(minutes=30), **place)
    if kind < 0.62:
        meetings.clear()
        return e.BookingCancelled(reason="no time", **place)
    if kind < 0.70:
        meetings.clear()
        return e.NoShowMarked(**place)
    return elsewhere(random, who)


def elsewhere(random: Random, who: Person) -> Event:
    """Return something that has nothing to do with meetings."""
    moment = BEGIN + timedelta(days=random.randrange(DAYS_PAST))
    kind = random.randrange(4)
    if kind == 0:
        return e.Tagged(tags=(random.choice(tuple(TAGS)),))
    if kind == 1:
        return e.Updated(notes=f"Asked for a quote, {random.randrange(1_000)} seats")
    if kind == 2:
        return e.OptinConfirmed(email=who.email, confirmed_at=moment)
    return e.FormSubmitted(
        submission_id=f"form-{random.getrandbits(64):x}",
        form_name="Contact form",
        answers={"How did you find us?": random.choice(("Search", "A friend", "Fair"))},
        submitted_at=moment,
    )


def booked(random: Random) -> e.BookingLinked:
    """Return a meeting of half an hour."""
    start = BEGIN + timedelta(days=random.randrange(DAYS), hours=random.randrange(8, 17))
    name = random.choice(MEETINGS)
    return e.BookingLinked(
        appointment_id=f"appt-{random.getrandbits(64):x}",
        attendee_id=f"att-{random.getrandbits(64):x}",
        start=start,
        end=start + timedelta(minutes=30),
        timezone="Europe/Berlin",
        meeting_type_id=name.lower().replace(" ", "-"),
        meeting_type_name=name,
        channel="zoom",
        source="booking",
    )


def chance(random: Random, percent: int) -> bool:
    """Say yes in so many of a hundred cases."""
    return random.randrange(100) < percent
