"""Works with contacts through the client that was generated as `contacts_client`."""

import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

from contacts_client import AuthenticatedClient
from contacts_client.api.bookings import (
    cancel_booking,
    clear_no_show,
    create_booking,
    mark_no_show,
    reschedule_booking,
)
from contacts_client.api.bulk import create_contacts, delete_contacts
from contacts_client.api.contacts import (
    create_contact,
    delete_contact,
    get_contact,
    get_contact_details,
    list_contacts,
    restore_contact,
    update_contact,
)
from contacts_client.api.erasure import erase_contact
from contacts_client.api.keys import get_me
from contacts_client.api.optin import request_optin, withdraw_optin
from contacts_client.api.submissions import submit_form
from contacts_client.models import (
    AttendeeFields,
    BookedContacts,
    BookingFields,
    BulkAnswer,
    BulkDeleteAnswer,
    BulkDeleteFields,
    BulkFields,
    BulkRow,
    CancelFields,
    Certificate,
    Checkpoint,
    ContactDetails,
    ContactFields,
    ContactList,
    ContactRowAnswer,
    CreatedContact,
    ErasureFields,
    ErasureFieldsReason,
    FreeData,
    Identity,
    ListContactsSortBy,
    NewContact,
    NoShowFields,
    NotMailed,
    OptinAnswer,
    OptinFields,
    Problem,
    RescheduleFields,
    SubmissionFields,
    SubmissionItem,
)


def main(url: str, key: str) -> None:
    client = AuthenticatedClient(base_url=url, token=key, raise_on_unexpected_status=True)
    with client:
        me = get_me.sync(client=client)
        assert isinstance(me, Identity)
        anna = create(client)
        find(client, anna)
        book(client, anna)
        attend(client)
        answer(client, anna)
        ask(client, anna)
        change(client, anna)
        many(client)
        delete(client, anna)
        erase(client, anna)


def create(client: AuthenticatedClient) -> UUID:
    data = FreeData.from_dict({"revenueBand": "$1-5M"})
    anna = NewContact(
        first_name="Anna", last_name="Müller", email="anna@example.com", additional_data=data
    )
    created = create_contact.sync(client=client, body=anna)
    assert isinstance(created, CreatedContact)
    assert created.item.additional_data["revenueBand"] == "$1-5M"
    taken = create_contact.sync(client=client, body=anna)
    assert isinstance(taken, Problem)
    assert (taken.code, taken.existing_contact_id) == ("email_taken", created.item.id)
    return created.item.id


def find(client: AuthenticatedClient, anna: UUID) -> None:
    for name in ("Bert", "Carl"):
        other = NewContact(first_name=name, email=f"{name}@example.com")
        assert isinstance(create_contact.sync(client=client, body=other), CreatedContact)
    found = list_contacts.sync(client=client, search_term="mueller")
    assert isinstance(found, ContactList)
    assert [row.id for row in found.result] == [anna]
    by_name = ListContactsSortBy.FIRSTNAME
    first = list_contacts.sync(client=client, sort_by=by_name, limit=2)
    assert isinstance(first, ContactList)
    assert (first.total, first.total_pages) == (3, 2)
    assert first.next_cursor is not None
    second = list_contacts.sync(client=client, cursor=first.next_cursor)
    assert isinstance(second, ContactList)
    assert [row.first_name for row in second.result] == ["Carl"]


def book(client: AuthenticatedClient, anna: UUID) -> None:
    start = datetime.now(UTC) + timedelta(days=1)
    attendee = AttendeeFields(id="att-1", email="anna@example.com")
    booking = BookingFields(
        id="appt-1", start=start, end=start + timedelta(minutes=30), attendees=[attendee]
    )
    booked = create_booking.sync(client=client, body=booking)
    assert isinstance(booked, BookedContacts)
    details = get_contact_details.sync(client=client, attendee_id="att-1")
    assert isinstance(details, ContactDetails)
    assert (details.item.id, details.appointments[0].id) == (anna, "appt-1")


def attend(client: AuthenticatedClient) -> None:
    start = datetime.now(UTC) + timedelta(days=2)
    times = RescheduleFields(
        start=start, end=start + timedelta(minutes=30), new_appointment_id="2/2"
    )
    moved = reschedule_booking.sync("appt-1", client=client, body=times)
    assert isinstance(moved, BookedContacts)
    assert moved.result[0].appointments[0].rescheduled_from == "appt-1"
    missed = mark_no_show.sync("2/2", client=client, body=NoShowFields(attendee_id="att-1"))
    assert isinstance(missed, BookedContacts)
    assert missed.result[0].no_show_count == 1
    assert isinstance(mark_no_show.sync("2/2", client=client), BookedContacts)
    cleared = clear_no_show.sync("2/2", client=client, attendee_id="att-1")
    assert isinstance(cleared, BookedContacts)
    assert cleared.result[0].no_show_count == 0
    cancelled = cancel_booking.sync("2/2", client=client, body=CancelFields(reason="ill"))
    assert isinstance(cancelled, BookedContacts)
    assert cancelled.result[0].next_appointment_iso is None
    refused = mark_no_show.sync("2/2", client=client)
    assert isinstance(refused, Problem)
    assert refused.code == "booking_cancelled"


def answer(client: AuthenticatedClient, anna: UUID) -> None:
    answers = FreeData.from_dict({"How was it?": "Good"})
    form = SubmissionFields(form_id="feedback", answers=answers)
    kept = submit_form.sync(anna, client=client, body=form)
    assert isinstance(kept, SubmissionItem)
    details = get_contact.sync(anna, client=client)
    assert isinstance(details, ContactDetails)
    assert details.form_submissions == [kept]


def ask(client: AuthenticatedClient, anna: UUID) -> None:
    asked = request_optin.sync(anna, client=client, body=OptinFields(wording="May we?"))
    assert isinstance(asked, OptinAnswer)
    assert (asked.mailed, asked.reason) == (False, NotMailed.NO_MAIL_SERVER)
    assert asked.link is not None
    assert withdraw_optin.sync_detailed(anna, client=client).status_code == 204


def change(client: AuthenticatedClient, anna: UUID) -> None:
    fields = ContactFields(notes="Interested", tags=["Lead"], last_name=None)
    changed = update_contact.sync(anna, client=client, body=fields)
    assert isinstance(changed, ContactRowAnswer)
    # what was not set is not sent, so it is not cleared
    assert (changed.first_name, changed.last_name, changed.notes) == ("Anna", None, "Interested")


def many(client: AuthenticatedClient) -> None:
    rows = [BulkRow(email=f"row{number}@example.com") for number in range(3)]
    answer = create_contacts.sync(client=client, body=BulkFields(contacts=rows))
    assert isinstance(answer, BulkAnswer)
    ids = [verdict.id for verdict in answer.results if isinstance(verdict.id, UUID)]
    assert (answer.created, len(ids)) == (3, 3)
    deleted = delete_contacts.sync(client=client, body=BulkDeleteFields(contact_ids=ids))
    assert isinstance(deleted, BulkDeleteAnswer)
    assert deleted.deleted == 3


def delete(client: AuthenticatedClient, anna: UUID) -> None:
    assert delete_contact.sync_detailed(anna, client=client).status_code == 204
    hidden = get_contact.sync(anna, client=client)
    assert isinstance(hidden, Problem)
    assert hidden.code == "contact_deleted"
    assert isinstance(restore_contact.sync(anna, client=client), ContactRowAnswer)


def erase(client: AuthenticatedClient, anna: UUID) -> None:
    why = ErasureFields(reason=ErasureFieldsReason.SUBJECT_REQUEST)
    certificate = erase_contact.sync(anna, client=client, body=why)
    assert isinstance(certificate, Certificate)
    assert certificate.cleared[0].count == 1
    assert certificate.backups_gone_at is None
    assert isinstance(certificate.checkpoint, Checkpoint)
    again = erase_contact.sync(anna, client=client, body=why)
    assert isinstance(again, Problem)
    assert again.code == "contact_erased"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
