"""Rows of the read model as callers read them, just read and just written alike."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response

Json = dict[str, Any]


def contact(row: Any, contact_id: object) -> Json:  # noqa: ANN401  # a row of the view or of a query
    """Render the contact itself."""
    return {
        "id": contact_id,
        "firstName": row.first_name,
        "lastName": row.last_name,
        "email": row.email,
        "phoneNumber": row.phone_number,
        "tags": row.tags,
        "notes": row.notes,
        "noShowCount": row.no_show_count,
        "crmCompanyId": row.crm_company_id,
        "accountOwnerId": row.account_owner_id,
        "additionalData": row.additional_data,
        "address": row.address,
        "language": row.language,
        "title": row.title,
        "employer": row.employer,
        "seniority": row.seniority,
        "function": row.function,
        "location": row.location,
        "createdAt": instant(row.created_at),
        "updatedAt": instant(row.updated_at),
    }


def appointment(row: Any) -> Json:  # noqa: ANN401  # a row of the view or of a query
    """Render one place in a meeting."""
    named = row.meeting_type_id is not None or row.meeting_type_name is not None
    return {
        "id": row.appointment_id,
        "attendeeId": row.attendee_id,
        "start": instant(row.start_at),
        "end": instant(row.end_at),
        "timezone": row.timezone,
        "meetingType": {"id": row.meeting_type_id, "name": row.meeting_type_name}
        if named
        else None,
        "hosts": row.hosts,
        "channel": row.channel,
        "meetingLink": row.meeting_link,
        "isCancelled": row.is_cancelled,
        "cancelReason": row.cancel_reason,
        "rescheduledFrom": row.rescheduled_from,
        "isNoShow": row.is_no_show,
        "source": row.source,
    }


def submission(row: Any) -> Json:  # noqa: ANN401  # a row of the view or of a query
    """Render one filled-in form."""
    return {
        "id": row.submission_id,
        "formId": row.form_id,
        "formName": row.form_name,
        "answers": row.answers,
        "submittedAt": instant(row.submitted_at),
    }


def with_appointments(item: Json, appointments: Iterable[Any], now: datetime | None = None) -> Json:
    """Render the contact as creating and reading answer it; `now` is when it is looked at."""
    places = sorted(appointments, key=in_order)
    return {
        "item": item,
        "appointments": [appointment(row) for row in places],
        "nextAppointmentIso": next_start(places, now or datetime.now(UTC)),
    }


def details(
    item: Json, appointments: Iterable[Any], forms: Iterable[Any], now: datetime | None = None
) -> Json:
    """Render the contact with everything that belongs to it."""
    content = with_appointments(item, appointments, now)
    in_order = sorted(forms, key=lambda form: (form.submitted_at, form.submission_id))
    content["formSubmissions"] = [submission(form) for form in in_order]
    return content


def hybrid(item: Json, appointments: Iterable[Any]) -> Json:
    """Render the contact as lists and updates answer it: its fields, and the same as `item`."""
    return {**item, **with_appointments(item, appointments)}


def in_order(row: Any) -> tuple[datetime, str, str]:  # noqa: ANN401  # a row of the view or of a query
    """Sort places by start."""
    # times of one time zone object are compared ten times as fast, and each event brings its own
    return row.start_at.astimezone(UTC), row.appointment_id, row.attendee_id


def next_start(places: Iterable[Any], now: datetime) -> str | None:
    """Return the earliest start that is still to come and not called off."""
    starts = [row.start_at for row in places if row.start_at > now and not row.is_cancelled]
    return instant(min(starts)) if starts else None


def instant(moment: datetime) -> str:
    """Render a time in UTC, in milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def answer(
    content: Json,
    status: int = 200,
    *,
    version: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Send JSON; `version` becomes the entity tag."""
    sent = dict(headers or {})
    if version is not None:
        sent["ETag"] = f'"{version}"'
    return Response(to_json(content), status, sent, "application/json")
