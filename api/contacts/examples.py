"""The people and meetings of the document's examples."""

from typing import Any

from api.examples import OTHER_ID, SOME_ID

ANNA: dict[str, Any] = {
    "id": SOME_ID,
    "firstName": "Anna",
    "lastName": "Müller",
    "email": "anna.mueller@example.com",
    "phoneNumber": "+4915112345678",
    "tags": ["Lead"],
    "notes": None,
    "noShowCount": 0,
    "crmCompanyId": None,
    "accountOwnerId": OTHER_ID,
    "additionalData": {"revenueBand": "$1-5M"},
    "address": {"line1": "Hauptstr. 1", "city": "Köln", "zip": "50667", "country": "DE"},
    "language": "de",
    "title": None,
    "employer": "Example GmbH",
    "seniority": None,
    "function": None,
    "location": None,
    "createdAt": "2026-06-01T10:00:00.000Z",
    "updatedAt": "2026-06-01T10:00:00.000Z",
}
DISCOVERY_CALL: dict[str, Any] = {
    "id": "appt-4711",
    "attendeeId": "att-1",
    "start": "2026-12-01T08:00:00.000Z",
    "end": "2026-12-01T08:30:00.000Z",
    "timezone": "Europe/Berlin",
    "meetingType": {"id": "discovery", "name": "Discovery Call"},
    "hosts": [
        {
            "id": OTHER_ID,
            "email": "john@example.com",
            "name": "John Smith",
        }
    ],
    "channel": "zoom",
    "meetingLink": "https://zoom.example/j/123456789",
    "isCancelled": False,
    "cancelReason": None,
    "rescheduledFrom": None,
    "isNoShow": False,
    "source": "booking",
}
FEEDBACK: dict[str, Any] = {
    "id": "submission-1",
    "formId": "feedback",
    "formName": "Feedback",
    "answers": {"How was it?": "Good"},
    "submittedAt": "2026-06-02T10:00:00.000Z",
}
