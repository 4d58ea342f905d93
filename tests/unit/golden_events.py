"""Stored events of every kind and schema, as they lie in some database: only ever added to."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.contact import events as e
from domain.kernel import Event

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HALF_PAST = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
OWNER = UUID("7b0c9a52-3d5f-4a53-9d0e-0f2f3a1f6a11")
NONCE = '"nonce":"000102030405060708090a0b0c0d0e0f"'
PLACE = '"appointment_id":"appt-1","attendee_id":"att-1"'
TIMES = '"start":"2026-03-02T09:00:00Z","end":"2026-03-02T09:30:00Z"'
AT: dict[str, Any] = {"appointment_id": "appt-1", "attendee_id": "att-1"}

GOLDEN: list[tuple[str, str, Event]] = [
    (
        "contact.created",
        '{"schema":1,' + NONCE + ',"data":{"first_name":"Jürgen","last_name":null,'
        '"email":"j@example.com","phone_number":"+49 151 1","phone_key":"+491511","notes":"n",'
        '"crm_company_id":"7b0c9a52-3d5f-4a53-9d0e-0f2f3a1f6a11",'
        '"account_owner_id":"7b0c9a52-3d5f-4a53-9d0e-0f2f3a1f6a11",'
        '"address":{"line1":"Weg 1","city":"Köln","zip":"50667","country":"DE"},'
        '"language":"de","title":"Dr.","employer":"ACME","seniority":"C","function":"CEO",'
        '"location":"Köln","additional_data":{"a":[1,true,null]},"tags":["Lead"],"source":"api"}}',
        e.Created(
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
    ),
    (
        "contact.updated",
        '{"schema":1,' + NONCE + ',"data":{"email":null,"additional_data":{"a":null,"b":1}}}',
        e.Updated(email=None, additional_data={"a": None, "b": 1}),
    ),
    (
        "contact.tagged",
        '{"schema":1,' + NONCE + ',"data":{"tags":["a","b"]}}',
        e.Tagged(tags=("a", "b")),
    ),
    (
        "contact.untagged",
        '{"schema":1,' + NONCE + ',"data":{"tags":["a"]}}',
        e.Untagged(tags=("a",)),
    ),
    (
        "contact.booking_linked",
        '{"schema":1,' + NONCE + ',"data":{' + PLACE + "," + TIMES + ","
        '"timezone":"Europe/Berlin","meeting_type_id":"mt","meeting_type_name":"Call",'
        '"hosts":[{"id":"h","email":"h@x.test","name":"H"}],"channel":"zoom",'
        '"meeting_link":"https://zoom.us/j/1","source":"meetergo"}}',
        e.BookingLinked(
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
    ),
    (
        "contact.booking_rescheduled",
        '{"schema":1,' + NONCE + ',"data":{' + PLACE + "," + TIMES + ',"new_appointment_id":"x"}}',
        e.BookingRescheduled(**AT, start=NINE, end=HALF_PAST, new_appointment_id="x"),
    ),
    (
        "contact.booking_cancelled",
        '{"schema":1,' + NONCE + ',"data":{' + PLACE + ',"reason":"ill"}}',
        e.BookingCancelled(**AT, reason="ill"),
    ),
    (
        "contact.booking_linked",
        '{"schema":1,' + NONCE + ',"data":{' + PLACE + "," + TIMES + ","
        '"moved_from":{"appointment_id":"m","attendee_id":"p"},"said_at":"2026-03-02T09:00:00Z"}}',
        e.BookingLinked(
            **AT,
            start=NINE,
            end=HALF_PAST,
            moved_from=e.FormerPlace(appointment_id="m", attendee_id="p"),
            said_at=NINE,
        ),
    ),
    (
        "contact.booking_rescheduled",
        '{"schema":1,' + NONCE + ',"data":{' + PLACE + "," + TIMES + ","
        '"new_attendee_id":"y","timezone":"Europe/Berlin","meeting_type_id":"mt",'
        '"meeting_type_name":"Call","hosts":[{"id":"h","email":null,"name":null}],'
        '"channel":"zoom","meeting_link":null,"reinstates":true,'
        '"said_at":"2026-03-02T09:00:00Z"}}',
        e.BookingRescheduled(
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
    ),
    (
        "contact.booking_cancelled",
        '{"schema":1,' + NONCE + ',"data":{' + PLACE + ',"said_at":"2026-03-02T09:00:00Z"}}',
        e.BookingCancelled(**AT, said_at=NINE),
    ),
    (
        "contact.no_show_marked",
        '{"schema":1,' + NONCE + ',"data":{' + PLACE + ',"said_at":"2026-03-02T09:00:00Z"}}',
        e.NoShowMarked(**AT, said_at=NINE),
    ),
    (
        "contact.no_show_marked",
        '{"schema":1,' + NONCE + ',"data":{' + PLACE + "}}",
        e.NoShowMarked(**AT),
    ),
    (
        "contact.no_show_cleared",
        '{"schema":1,' + NONCE + ',"data":{' + PLACE + "}}",
        e.NoShowCleared(**AT),
    ),
    (
        "contact.form_submitted",
        '{"schema":1,' + NONCE + ',"data":{"submission_id":"s","form_id":"f","form_name":"F",'
        '"answers":{"q":["a",1]},"submitted_at":"2026-03-02T09:00:00Z"}}',
        e.FormSubmitted(
            submission_id="s",
            form_id="f",
            form_name="F",
            answers={"q": ["a", 1]},
            submitted_at=NINE,
        ),
    ),
    (
        "contact.optin_requested",
        '{"schema":1,' + NONCE + ',"data":{"email":"a@x.test","wording":"May we?",'
        '"requested_at":"2026-03-02T09:00:00Z"}}',
        e.OptinRequested(email="a@x.test", wording="May we?", requested_at=NINE),
    ),
    (
        "contact.optin_confirmed",
        '{"schema":1,' + NONCE + ',"data":{"email":"a@x.test",'
        '"confirmed_at":"2026-03-02T09:00:00Z","ip_address":"192.0.2.1","user_agent":"F"}}',
        e.OptinConfirmed(
            email="a@x.test", confirmed_at=NINE, ip_address="192.0.2.1", user_agent="F"
        ),
    ),
    (
        "contact.optin_withdrawn",
        '{"schema":1,' + NONCE + ',"data":{"withdrawn_at":"2026-03-02T09:00:00Z","reason":"x"}}',
        e.OptinWithdrawn(withdrawn_at=NINE, reason="x"),
    ),
    ("contact.deleted", '{"schema":1,' + NONCE + ',"data":{}}', e.Deleted()),
    ("contact.restored", '{"schema":1,' + NONCE + ',"data":{}}', e.Restored()),
    (
        "contact.erased",
        '{"schema":1,' + NONCE + ',"data":{"reason":"subject_request"}}',
        e.Erased(reason="subject_request"),
    ),
]
"""Topic, stored state, and the event of today that it stands for."""
