"""Hiding a contact, showing it again, and destroying it for good."""

import pytest

from domain import errors
from domain.contact import commands as c
from domain.contact.events import (
    BookingCancelled,
    BookingLinked,
    Created,
    Deleted,
    Details,
    Erased,
    OptinConfirmed,
    OptinWithdrawn,
    Restored,
)
from domain.contact.memory import wording_digest
from domain.kernel import Command, Redacted
from tests.unit.given_when_then import given
from tests.unit.histories import NINE, TEN, link, move

BORN = Created(email="a@x.test", phone_number="1", phone_key="+491", tags=("Lead",), source="api")
LINKED = BookingLinked(appointment_id="appt-1", attendee_id="att-1", start=NINE, end=TEN)
AGREED = OptinConfirmed(email="a@x.test", confirmed_at=NINE)
ERASED = Erased(reason="retention")

CHANGES: list[Command] = [
    c.CreateContact(Details(email="a@x.test"), update_existing=True),
    c.UpdateContact(Details(first_name="A")),
    link("appt-2"),
    c.SubmitForm("s1", NINE, {}),
    c.RequestOptin("May we?", NINE),
    c.ConfirmOptin("a@x.test", wording_digest("May we?"), NINE),
]
HEARD: list[Command] = [
    move(),
    c.CancelBooking("appt-1"),
    c.MarkNoShow("appt-1"),
    c.ClearNoShow("appt-1"),
    c.WithdrawOptin(NINE),
    c.DeleteContact(),
    c.RestoreContact(),
]


def test_a_contact_is_deleted_once_and_restored_once() -> None:
    given(BORN).when(c.DeleteContact(), c.DeleteContact()).then(Deleted())
    given(BORN, Deleted()).when(c.RestoreContact(), c.RestoreContact()).then(Restored())
    given(BORN).when(c.RestoreContact()).then()


def test_deleting_frees_the_addresses_and_restoring_claims_them_again() -> None:
    hidden = given(BORN, Deleted()).contact()
    assert (hidden.email_key, hidden.phone_key) == (None, None)
    assert hidden.own_email_key == "a@x.test"
    shown = given(BORN, Deleted(), Restored()).contact()
    assert (shown.email_key, shown.phone_key) == ("a@x.test", "+491")


@pytest.mark.parametrize("wish", CHANGES, ids=lambda wish: type(wish).__name__)
def test_a_deleted_contact_cannot_be_changed(wish: Command) -> None:
    given(BORN, Deleted()).when(wish).refused(errors.ContactDeleted)


@pytest.mark.parametrize("wish", HEARD, ids=lambda wish: type(wish).__name__)
def test_what_happens_to_meetings_and_consent_goes_on_while_a_contact_is_hidden(
    wish: Command,
) -> None:
    contact = given(BORN, LINKED, Deleted()).contact()
    contact.execute(wish)


def test_a_hidden_contact_can_cancel_and_take_its_consent_back() -> None:
    cancelled = BookingCancelled(appointment_id="appt-1", attendee_id="att-1", reason=None)
    withdrawn = OptinWithdrawn(withdrawn_at=NINE, reason=None)
    given(BORN, LINKED, AGREED, Deleted()).when(
        c.CancelBooking("appt-1"), c.WithdrawOptin(NINE)
    ).then(cancelled, withdrawn)


def test_a_contact_is_erased_whether_it_is_hidden_or_not() -> None:
    given(BORN).when(c.EraseContact("retention")).then(ERASED)
    given(BORN, Deleted()).when(c.EraseContact("retention")).then(ERASED)
    given().when(c.EraseContact("retention")).refused(errors.ContactNotFound)


def test_a_contact_that_should_be_erased_for_being_hidden_is_spared_when_it_is_not() -> None:
    wish = c.EraseContact("retention", only_if_deleted=True)
    given(BORN, Deleted()).when(wish).then(ERASED)
    given(BORN).when(wish).refused(errors.ContactNotDeleted)
    given(BORN, Deleted(), Restored()).when(wish).refused(errors.ContactNotDeleted)
    given(BORN, Deleted(), ERASED).when(wish).refused(errors.ContactErased)


@pytest.mark.parametrize(
    "wish", [*CHANGES, *HEARD, c.EraseContact("mistake")], ids=lambda wish: type(wish).__name__
)
def test_nothing_may_follow_an_erasure(wish: Command) -> None:
    given(BORN, LINKED, ERASED).when(wish).refused(errors.ContactErased)


def test_an_erased_contact_remembers_nothing_of_the_person() -> None:
    contact = given(BORN, LINKED, AGREED, ERASED).contact()
    assert not contact.fields
    assert not contact.additional_data
    assert not contact.bookings
    assert (contact.tags, contact.optin, contact.own_email_key) == ((), None, None)
    assert contact.version == 4


def test_a_history_whose_data_was_erased_replays_to_the_same_contact() -> None:
    whole = given(BORN, LINKED, ERASED).contact()
    blanked = given(Redacted(topic=BORN.TOPIC), Redacted(topic=LINKED.TOPIC), ERASED).contact()
    assert vars(blanked) == vars(whole)
    given(Redacted(topic=BORN.TOPIC), ERASED).when(c.DeleteContact()).refused(errors.ContactErased)
