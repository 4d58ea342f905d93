"""Hides what schedulers may have to tell of one booking; each story in the order of its times."""

from tests.intake_payloads import (
    Json,
    calcom,
    calcom_attendee,
    calcom_moved,
    calcom_no_show,
    calendly,
    calendly_cancelled,
    calendly_no_show,
    calendly_uri,
    meetergo_attendee,
    meetergo_booking,
)
from tests.unit.deliveries import Delivery

OWNER = {"id": "7b0c9a52-3d5f-4a53-9d0e-0f2f3a1f6a11", "email": "john@example.com", "name": "John"}
"""The same host everywhere: the first booking that comes makes its host the owner."""
TWO = [calcom_attendee(), calcom_attendee(email="partner@example.com", name="Jim Doe")]


def times(day: int) -> Json:
    return {"start": f"2034-02-{day:02}T09:00:00Z", "end": f"2034-02-{day:02}T09:30:00Z"}


def said(minute: int) -> str:
    return f"2034-01-10T16:{minute:02}:00.000Z"


def of(source: str, *payloads: Json) -> list[Delivery]:
    return [(source, payload) for payload in payloads]


def meetergo(kind: str, booking_id: str, minute: int, day: int = 1, **changes: object) -> Json:
    at = said(minute)
    news = {"id": booking_id, "createdAt": said(0), "updatedAt": at, **times(day)}
    if kind == "booking_rescheduled":
        news["rescheduledAt"] = at
    if kind == "booking_cancelled":
        news |= {"isCancelled": True, "cancel": {"actionAt": at, "reason": f"reason {minute}"}}
    return meetergo_booking(kind, **{**news, **changes})


def calcom_story(trigger: str, minute: int, **changes: object) -> Json:
    return calcom(trigger, said(minute), **{"organizer": OWNER, **changes})


def calcom_move(minute: int, old: str, new: str, **changes: object) -> Json:
    start, end = f"2034-02-{minute:02}T08:00:00Z", f"2034-02-{minute:02}T08:30:00Z"
    news = {"startTime": start, "endTime": end, "organizer": OWNER, **changes}
    return calcom_moved(new, old, said(minute), **news)


def calendly_move(minute: int, old: tuple[str, str], new: tuple[str, str]) -> list[Json]:
    at = said(minute)
    leads_to, came_from = calendly_uri(*new), calendly_uri(*old)
    return [
        calendly_cancelled(at, None, place=old, rescheduled=True, new_invitee=leads_to),
        calendly("invitee.created", at, new, f"2034-02-{minute:02}", old_invitee=came_from),
    ]


STORIES: dict[str, list[Delivery]] = {
    "meetergo moves a meeting, calls it off, and moves it once more": of(
        "meetergo",
        meetergo("booking_created", "m-1", 0),
        meetergo("booking_rescheduled", "m-1", 2, 2),
        meetergo("booking_cancelled", "m-1", 3, 2),
        meetergo("booking_cancelled", "m-1", 4, 2),
        meetergo("booking_rescheduled", "m-1", 5, 5),
        meetergo("booking_rescheduled", "m-1", 6, 2),
    ),
    "meetergo calls off what it moved": of(
        "meetergo",
        meetergo("booking_created", "m-2", 0),
        meetergo("booking_rescheduled", "m-2", 2, 2),
        meetergo("booking_cancelled", "m-2", 3, 2),
        meetergo("booking_rescheduled", "m-2", 4, 3),
        meetergo("booking_cancelled", "m-2", 7, 3),
    ),
    "meetergo gives a moved meeting a new id and calls the old one off": of(
        "meetergo",
        meetergo("booking_created", "m-3", 0),
        meetergo("booking_cancelled", "m-3", 10),
        meetergo("booking_rescheduled", "m-3b", 1, 2, rescheduledFromId="m-3"),
        meetergo("booking_rescheduled", "m-3c", 3, 3, rescheduledFromId="m-3b"),
        meetergo("booking_cancelled", "m-3c", 9, 3),
    ),
    "one of a group leaves, the others are moved": of(
        "meetergo",
        meetergo(
            "booking_created",
            "m-4",
            0,
            attendees=[
                meetergo_attendee(),
                meetergo_attendee(id="att-2", email="two@example.com", phone=None),
            ],
        ),
        meetergo(
            "booking_cancelled",
            "m-4",
            2,
            isCancelled=False,
            cancel=None,
            attendees=[
                meetergo_attendee(),
                meetergo_attendee(
                    id="att-2", email="two@example.com", phone=None, isCancelled=True
                ),
            ],
        ),
        meetergo("booking_rescheduled", "m-4", 3, 3),
    ),
    "Cal.com moves a meeting twice, and who came is said of every name": of(
        "calcom",
        calcom_story("BOOKING_CREATED", 0, uid="A"),
        calcom_no_show(said(1), "A", customer=True),
        calcom_move(2, "A", "B"),
        calcom_no_show(said(3), "B", customer=False),
        calcom_move(4, "B", "C"),
        calcom_no_show(said(5), "C", customer=True),
    ),
    "Cal.com moves twice a meeting that was missed": of(
        "calcom",
        calcom_story("BOOKING_CREATED", 0, uid="G"),
        calcom_no_show(said(1), "G", customer=True),
        calcom_move(2, "G", "H"),
        calcom_move(3, "H", "I"),
    ),
    "Cal.com calls off, and who came goes back and forth": of(
        "calcom",
        calcom_story("BOOKING_CREATED", 0, uid="D"),
        calcom_no_show(said(1), "D", customer=True),
        calcom_no_show(said(2), "D", customer=False),
        calcom_no_show(said(3), "D", customer=True),
        calcom_story("BOOKING_CANCELLED", 4, uid="D", cancellationReason="ill"),
    ),
    "Cal.com moves a meeting of two, one of whom does not come": of(
        "calcom",
        calcom_story("BOOKING_CREATED", 0, uid="E", attendees=TWO),
        calcom_move(2, "E", "F", attendees=TWO),
        calcom_no_show(said(3), "F", customer=False, partner=True),
    ),
    "Calendly moves a meeting twice and it is missed": of(
        "calendly",
        calendly("invitee.created", said(0)),
        *calendly_move(2, ("AAA", "BBB"), ("CCC", "DDD")),
        *calendly_move(4, ("CCC", "DDD"), ("EEE", "FFF")),
        calendly_no_show(created_at=said(6), place=("EEE", "FFF")),
        calendly_no_show(marked=False, created_at=said(7), place=("EEE", "FFF")),
        calendly_no_show(created_at=said(8), place=("EEE", "FFF")),
    ),
    "Calendly moves a meeting and it is called off": of(
        "calendly",
        calendly("invitee.created", said(0), ("GGG", "HHH")),
        *calendly_move(2, ("GGG", "HHH"), ("III", "JJJ")),
        calendly_cancelled(said(5), place=("III", "JJJ")),
    ),
}
"""Beside each other they are bookings of one person, or of several."""
