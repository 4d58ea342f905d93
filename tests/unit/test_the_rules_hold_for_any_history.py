"""Whatever is wished in whatever order: events say it all, and a refusal leaves nothing behind."""

from copy import deepcopy

from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.contact.commands import (
    ConfirmOptin,
    CreateContact,
    MarkNoShow,
    RequestOptin,
    UpdateContact,
    WithdrawOptin,
)
from domain.contact.contact import Contact
from domain.contact.events import Details, Erased, OptinConfirmed
from domain.contact.memory import wording_digest
from domain.errors import DomainError
from domain.eventlog.log import LoggedEvent
from domain.eventlog.mapper import ContactMapper
from domain.identity import email_key
from domain.kernel import Command, Event, Pending, Recorded
from projections.contacts.projector import ContactRow
from projections.inline import APPOINTMENTS, CONTACTS, ContactRows
from tests.unit.counting import Derived, derived
from tests.unit.given_when_then import ANNA
from tests.unit.histories import NINE, bookings, commands, link, move, of_a_meeting, recorded

HISTORIES = st.lists(commands(), min_size=1, max_size=25)
MAPPER = ContactMapper()
CONSENT = st.sampled_from(
    [
        RequestOptin("May we?", NINE),
        ConfirmOptin("anna@example.com", wording_digest("May we?"), NINE),
        WithdrawOptin(NINE),
    ]
)
CHANGES_OF_ADDRESS = st.one_of(
    CONSENT,
    st.sampled_from(["anna@example.com", "Anna@Example.com", "berta@example.com"]).map(
        lambda email: UpdateContact(Details(email=email))
    ),
)
MEETINGS: st.SearchStrategy[Command] = st.one_of(of_a_meeting(), bookings(), CONSENT)


def granted(contact: Contact, wish: Command) -> Contact:
    """The contact after the wish; the same one when it was refused."""
    twin = contact.copy()
    try:
        twin.execute(wish)
    except DomainError:
        return contact
    return twin


def through_the_log(pending: Pending) -> Recorded:
    """The event as it comes back from where it was stored."""
    stored = MAPPER.to_stored_event(pending)
    place = (pending.originator_id, pending.originator_version, stored.topic, stored.state)
    logged = LoggedEvent(*place, pending.originator_version, NINE, "", "", "")
    return MAPPER.to_domain_event(logged)


def state(contact: Contact) -> dict[str, object]:
    return {name: value for name, value in vars(contact).items() if name != "_pending"}


@settings(max_examples=150, deadline=None)
@given(HISTORIES)
def test_replaying_the_recorded_events_gives_the_same_contact(wishes: list[Command]) -> None:
    contact, replayed = Contact(ANNA), Contact(ANNA)
    for wish in wishes:
        contact = granted(contact, wish)
        for pending in contact.collect_events():
            replayed.replay(through_the_log(pending))
        assert state(replayed) == state(contact)


@settings(max_examples=150, deadline=None)
@given(HISTORIES)
def test_what_is_tried_on_a_copy_leaves_the_contact_as_it_was(wishes: list[Command]) -> None:
    contact = Contact(ANNA)
    for wish in wishes:
        before = deepcopy(vars(contact))
        after = granted(contact, wish)
        assert vars(contact) == before
        contact = after
        contact.collect_events()


@settings(max_examples=150, deadline=None)
@given(HISTORIES)
def test_versions_have_no_gaps_and_an_erasure_is_the_end(wishes: list[Command]) -> None:
    contact = Contact(ANNA)
    events: list[Pending] = []
    for wish in wishes:
        contact = granted(contact, wish)
        events += contact.collect_events()
    assert [pending.originator_version for pending in events] == list(range(1, len(events) + 1))
    ends = [number for number, one in enumerate(events, 1) if isinstance(one.event, Erased)]
    assert ends in ([], [len(events)])


@settings(max_examples=150, deadline=None)
@given(HISTORIES)
def test_a_wish_that_was_granted_changes_nothing_when_it_comes_again(wishes: list[Command]) -> None:
    contact = Contact(ANNA)
    for wish in wishes:
        contact = granted(contact, wish)
        contact.collect_events()
        again = granted(contact, wish)
        asks_anew = type(wish).__name__ == "RequestOptin"
        assert asks_anew or again.collect_events() == []


@settings(max_examples=300, deadline=None)
@example([MarkNoShow("m2"), move("m1", new_id="m2")])
@given(st.lists(MEETINGS, min_size=2, max_size=20))
def test_what_is_derived_equals_an_independent_count(wishes: list[Command]) -> None:
    contact, rows = Contact(ANNA), ContactRows(ANNA, ANNA)
    events: list[Event] = []
    for wish in [link("m1"), link("m2"), *wishes]:
        contact = granted(contact, wish)
        for pending in contact.collect_events():
            rows.fold(recorded(ANNA, pending.originator_version, pending.event))
            events.append(pending.event)
        assert shown(rows) == derived(events)
        places = rows.of(APPOINTMENTS)
        assert {key: (row.is_cancelled, row.is_no_show) for key, row in places.items()} == {
            place: (booking.cancelled, booking.no_show and not booking.cancelled)
            for place, booking in contact.bookings.items()
        }


@settings(max_examples=200, deadline=None)
@given(st.lists(CHANGES_OF_ADDRESS, min_size=3, max_size=20))
def test_only_the_address_that_agreed_is_opted_in(wishes: list[Command]) -> None:
    contact, rows = Contact(ANNA), ContactRows(ANNA, ANNA)
    agreed: str | None = None
    for wish in [CreateContact(Details(email="anna@example.com")), *wishes]:
        contact = granted(contact, wish)
        for pending in contact.collect_events():
            rows.fold(recorded(ANNA, pending.originator_version, pending.event))
            if isinstance(pending.event, OptinConfirmed):
                agreed = pending.event.email
        row = rows.of(CONTACTS)[()]
        assert "Optin" not in row.tags or row.email_key == email_key(agreed or "")


def shown(rows: ContactRows) -> Derived:
    row = rows.of(CONTACTS).get((), ContactRow())
    return "Recurring" in row.tags, "Optin" in row.tags, row.no_show_count
