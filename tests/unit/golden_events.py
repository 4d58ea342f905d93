"""The stored events of tests/golden, of every kind and schema, and what each stands for today."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.contact import events as e
from domain.kernel import Event

FILES = Path(__file__).parents[1] / "golden" / "events"

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HALF_PAST = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
OWNER = UUID("7b0c9a52-3d5f-4a53-9d0e-0f2f3a1f6a11")
AT: dict[str, Any] = {"appointment_id": "appt-1", "attendee_id": "att-1"}

MEANT: dict[str, Event] = {
    "contact.created.1": e.Created(
        first_name="Jürgen",
        last_name=None,
        email="j@example.com",
        phone_number="+49 151 1",
        phone_key="+491511",
        notes="n",
        crm_company_id=OWNER,
        account_owner_id=OWNER,
        address=e.Address(line1="Weg 1", city="Köln", zip="50667", country="DE"),
        language="de",
        title="Dr.",
        employer="ACME",
        seniority="C",
        function="CEO",
        location="Köln",
        additional_data={"a": [1, True, None]},
        tags=("Lead",),
        source="api",
    ),
    "contact.updated.1": e.Updated(email=None, additional_data={"a": None, "b": 1}),
    "contact.tagged.1": e.Tagged(tags=("a", "b")),
    "contact.untagged.1": e.Untagged(tags=("a",)),
    "contact.booking_linked.1": e.BookingLinked(
        **AT,
        start=NINE,
        end=HALF_PAST,
        timezone="Europe/Berlin",
        meeting_type_id="mt",
        meeting_type_name="Call",
        hosts=(e.Host(id="h", email="h@x.test", name="H"),),
        channel="zoom",
        meeting_link="https://zoom.us/j/1",
        source="meetergo",
    ),
    "contact.booking_rescheduled.1": e.BookingRescheduled(
        **AT, start=NINE, end=HALF_PAST, new_appointment_id="x"
    ),
    "contact.booking_cancelled.1": e.BookingCancelled(**AT, reason="ill"),
    "contact.booking_linked.1.moved": e.BookingLinked(
        **AT,
        start=NINE,
        end=HALF_PAST,
        moved_from=e.FormerPlace(appointment_id="m", attendee_id="p"),
        said_at=NINE,
    ),
    "contact.booking_rescheduled.1.said_anew": e.BookingRescheduled(
        **AT,
        start=NINE,
        end=HALF_PAST,
        new_attendee_id="y",
        timezone="Europe/Berlin",
        meeting_type_id="mt",
        meeting_type_name="Call",
        hosts=(e.Host(id="h", email=None, name=None),),
        channel="zoom",
        meeting_link=None,
        reinstates=True,
        said_at=NINE,
    ),
    "contact.booking_cancelled.1.dated": e.BookingCancelled(**AT, said_at=NINE),
    "contact.no_show_marked.1": e.NoShowMarked(**AT, said_at=NINE),
    "contact.no_show_marked.1.undated": e.NoShowMarked(**AT),
    "contact.no_show_cleared.1": e.NoShowCleared(**AT),
    "contact.form_submitted.1": e.FormSubmitted(
        submission_id="s",
        form_id="f",
        form_name="F",
        answers={"q": ["a", 1]},
        submitted_at=NINE,
    ),
    "contact.optin_requested.1": e.OptinRequested(
        email="a@x.test", wording="May we?", requested_at=NINE
    ),
    "contact.optin_confirmed.1": e.OptinConfirmed(
        email="a@x.test", confirmed_at=NINE, ip_address="192.0.2.1", user_agent="F"
    ),
    "contact.optin_withdrawn.1": e.OptinWithdrawn(withdrawn_at=NINE, reason="x"),
    "contact.deleted.1": e.Deleted(),
    "contact.restored.1": e.Restored(),
    "contact.erased.1": e.Erased(reason="subject_request"),
}
"""The event of today that each file stands for; changes with the shapes, as the files never do."""


def topic_of(name: str) -> str:
    """Return under which topic a file's state is stored: contact.created.1.json."""
    return ".".join(name.split(".")[:2])


GOLDEN: list[tuple[str, str, Event]] = [
    (topic_of(name), (FILES / f"{name}.json").read_text(encoding="utf-8").rstrip("\n"), event)
    for name, event in MEANT.items()
]
"""Topic, stored state, and what it stands for."""
