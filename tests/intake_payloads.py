"""Hides what schedulers' webhooks look like: complete bodies, of which a test changes what matters.

A keyword argument replaces a field of the booking itself; None sends null.
"""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

Json = dict[str, Any]

CALENDLY = "https://api.calendly.com"


def meetergo_attendee(**changes: Any) -> Json:
    return {
        "id": "att-uuid-789",
        "email": "customer@example.com",
        "firstname": "Jane",
        "lastname": "Doe",
        "fullname": "Jane Doe",
        "phone": "+1-212-555-2368",
        "timezone": "America/New_York",
        "language": "en",
        "notes": {"What is your budget?": "$1-5M"},
        **changes,
    }


def meetergo_booking(
    kind: str = "booking_created",
    *,
    second_generation: bool = False,
    **changes: Any,
) -> Json:
    booking = {
        "id": "appt-uuid-12345",
        "secret": "secret-token-xyz",
        "start": "2034-01-15T09:00:00+01:00",
        "end": "2034-01-15T09:30:00+01:00",
        "location": None,
        "isCancelled": False,
        "rescheduledAt": None,
        "meetingInfo": {"channel": "zoom", "meetingLink": "https://zoom.example/j/123456789"},
        "attendees": [meetergo_attendee()],
        "hosts": [
            {
                "id": "7b0c9a52-3d5f-4a53-9d0e-0f2f3a1f6a11",
                "email": "john@example.com",
                "givenName": "John",
                "familyName": "Smith",
                "fullName": "John Smith",
            }
        ],
        "hostIds": ["7b0c9a52-3d5f-4a53-9d0e-0f2f3a1f6a11"],
        "meetingType": {
            "id": "mt-uuid-456",
            "slug": "discovery-call",
            "meetingInfo": {"name": "Discovery Call", "duration": 30},
            "metadata": {},
        },
        "meetingTypeId": "mt-uuid-456",
        "companyId": "company-uuid-789",
        "createdAt": "2034-01-10T15:30:00Z",
        "updatedAt": "2034-01-10T15:30:00Z",
        **changes,
    }
    return meetergo(kind, booking, second_generation=second_generation)


def meetergo_form(*, second_generation: bool = False, **changes: Any) -> Json:
    form = {
        "id": "sub-1",
        "formId": "form-1",
        "formName": "Feedback",
        "answers": {"How was it?": "Good", "Stars": 5},
        "email": "customer@example.com",
        "submittedAt": "2034-01-16T12:00:00Z",
        **changes,
    }
    return meetergo("form_submission", form, second_generation=second_generation)


def meetergo(kind: str, fields: Json, *, second_generation: bool = False) -> Json:
    if second_generation:
        return {"event": kind, "data": fields}
    return {"webhookType": kind, **fields}


def calcom_attendee(**changes: Any) -> Json:
    return {
        "email": "customer@example.com",
        "name": "Jane Doe",
        "firstName": "",
        "lastName": "",
        "timeZone": "America/New_York",
        "language": {"locale": "en"},
        **changes,
    }


def calcom(
    trigger: str = "BOOKING_CREATED",
    created_at: str = "2034-01-10T15:30:00.000Z",
    **changes: Any,
) -> Json:
    booking = {
        "uid": "bFJeNb2uX8ANpT3JL5EfXw",
        "bookingId": 91,
        "type": "30min",
        "title": "30 min between John Smith and Jane Doe",
        "eventTitle": "30 min",
        "eventTypeId": 7,
        "description": "",
        "startTime": "2034-01-15T08:00:00Z",
        "endTime": "2034-01-15T08:30:00Z",
        "organizer": {
            "id": 5,
            "name": "John Smith",
            "email": "john@example.com",
            "timeZone": "Europe/Berlin",
            "language": {"locale": "de"},
        },
        "attendees": [calcom_attendee()],
        "responses": {
            "name": {"label": "your_name", "value": "Jane Doe"},
            "email": {"label": "email_address", "value": "customer@example.com"},
            "attendeePhoneNumber": {"label": "phone_number", "value": "+12125552368"},
            "location": {
                "label": "location",
                "value": {"optionValue": "", "value": "integrations:zoom"},
            },
            "notes": {"label": "additional_notes"},
            "guests": {"label": "additional_guests", "value": []},
            "budget": {"label": "What is your budget?", "value": "$1-5M"},
        },
        "userFieldsResponses": {"budget": {"label": "What is your budget?", "value": "$1-5M"}},
        "location": "integrations:zoom",
        "metadata": {"videoCallUrl": "https://zoom.example/j/123456789"},
        "length": 30,
        "status": "ACCEPTED",
        **changes,
    }
    return {"triggerEvent": trigger, "createdAt": created_at, "payload": booking}


def calcom_moved(
    uid: str = "newUid",
    old: str = "bFJeNb2uX8ANpT3JL5EfXw",
    created_at: str = "2034-01-11T10:00:00.000Z",
    **changes: Any,
) -> Json:
    moved = {
        "uid": uid,
        "rescheduleUid": old,
        "rescheduleStartTime": "2034-01-15T08:00:00Z",
        "startTime": "2034-01-16T08:00:00Z",
        "endTime": "2034-01-16T08:30:00Z",
    }
    return calcom("BOOKING_RESCHEDULED", created_at, **{**moved, **changes})


def calcom_no_show(
    created_at: str = "2034-01-15T10:00:00.000Z",
    uid: str = "bFJeNb2uX8ANpT3JL5EfXw",
    **came: bool,
) -> Json:
    """The word on each attendee; the keyword is the local part of an address at example.com."""
    attendees = [
        {"email": f"{name}@example.com", "noShow": absent} for name, absent in came.items()
    ]
    return {
        "triggerEvent": "BOOKING_NO_SHOW_UPDATED",
        "createdAt": created_at,
        "payload": {
            "bookingUid": uid,
            "bookingId": 91,
            "message": "customer@example.com marked as no-show",
            "attendees": attendees,
        },
    }


def calendly_uri(meeting: str, invitee: str) -> str:
    return f"{CALENDLY}/scheduled_events/{meeting}/invitees/{invitee}"


def calendly(
    event: str = "invitee.created",
    created_at: str = "2034-01-10T15:30:00.000000Z",
    place: tuple[str, str] = ("AAA", "BBB"),
    day: str = "2034-01-15",
    **changes: Any,
) -> Json:
    payload = {
        "uri": calendly_uri(*place),
        "email": "customer@example.com",
        "name": "Jane Doe",
        "first_name": None,
        "last_name": None,
        "status": "active",
        "timezone": "America/New_York",
        "text_reminder_number": "+12125552368",
        "rescheduled": False,
        "old_invitee": None,
        "new_invitee": None,
        "questions_and_answers": [
            {"question": "What is your budget?", "answer": "$1-5M", "position": 0}
        ],
        "cancel_url": "https://calendly.example/cancellations/BBB",
        "tracking": {"utm_campaign": None},
        "scheduled_event": {
            "uri": f"{CALENDLY}/scheduled_events/{place[0]}",
            "name": "Discovery Call",
            "start_time": f"{day}T08:00:00.000000Z",
            "end_time": f"{day}T08:30:00.000000Z",
            "event_type": f"{CALENDLY}/event_types/TYPE",
            "location": {"type": "zoom_conference", "join_url": "https://zoom.example/j/123456789"},
            "event_memberships": [
                {
                    "user": f"{CALENDLY}/users/7b0c9a52-3d5f-4a53-9d0e-0f2f3a1f6a11",
                    "user_email": "john@example.com",
                    "user_name": "John Smith",
                }
            ],
        },
        **changes,
    }
    return {
        "event": event,
        "created_at": created_at,
        "created_by": f"{CALENDLY}/users/JOHN",
        "payload": payload,
    }


def calendly_cancelled(
    created_at: str = "2034-01-12T10:00:00.000000Z",
    reason: str | None = "ill",
    **changes: Any,
) -> Json:
    gone = {
        "status": "canceled",
        "cancellation": {"canceled_by": "Jane Doe", "reason": reason, "canceler_type": "invitee"},
    }
    return calendly("invitee.canceled", created_at, **{**gone, **changes})


def calendly_pair(created_at: str = "2034-01-11T10:00:00.000000Z") -> tuple[Json, Json]:
    """The two deliveries of a move from AAA/BBB to CCC/DDD: the old place, and the new one."""
    old, new = calendly_uri("AAA", "BBB"), calendly_uri("CCC", "DDD")
    gone = calendly_cancelled(created_at, None, rescheduled=True, new_invitee=new)
    came = calendly("invitee.created", created_at, ("CCC", "DDD"), "2034-01-16", old_invitee=old)
    return gone, came


def calendly_no_show(
    *,
    marked: bool = True,
    created_at: str = "2034-01-15T10:00:00.000000Z",
    place: tuple[str, str] = ("AAA", "BBB"),
) -> Json:
    return {
        "event": "invitee_no_show.created" if marked else "invitee_no_show.deleted",
        "created_at": created_at,
        "created_by": f"{CALENDLY}/users/JOHN",
        "payload": {
            "uri": f"{CALENDLY}/invitee_no_shows/MARK",
            "invitee": calendly_uri(*place),
            "created_at": created_at,
        },
    }


def signed_calcom(secret: str, body: bytes) -> dict[str, str]:
    """The header with which Cal.com signs a body."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"x-cal-signature-256": digest}


def signed_calendly(secret: str, body: bytes, at: datetime) -> dict[str, str]:
    """The header with which Calendly signs a body."""
    seconds = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return {"calendly-webhook-signature": f"t={seconds},v1={digest}"}


def raw(body: Json) -> bytes:
    """A body as it is sent."""
    return json.dumps(body, ensure_ascii=False).encode()


def parsed(body: bytes) -> Any:
    return json.loads(body)
