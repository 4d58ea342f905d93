"""What lies on the desk while a batch is decided: heads, contacts in memory, and who has what."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from domain import errors
from domain.application.company import Address, CompanyContacts, Entry
from domain.application.requests import ById, Holding, Matching, Request, Step
from domain.contact.contact import Contact
from domain.contact.events import BookingLinked, BookingRescheduled
from domain.kernel import Event, Recorded
from domain.ports import Found, Keys


class PhoneMoved(Exception):  # a turn of events, not an error
    """Who has this number now can only be told by the database, after this batch."""


@dataclass(slots=True)
class Desk:
    """The state that the requests of a batch share, each seeing what those before it did."""

    companies: dict[UUID, CompanyContacts] = field(default_factory=dict)
    entries: dict[Address, Entry] = field(default_factory=dict)
    unreadable: set[Address] = field(default_factory=set)
    changed: set[Address] = field(default_factory=set)
    """Contacts whose events and rows are sent."""
    unsent: dict[Address, None] = field(default_factory=dict)
    """Contacts with events since, in order, for indexes grow faster at their end."""
    found: Found = field(default_factory=Found)
    moved_phones: set[tuple[UUID, str]] = field(default_factory=set)

    def whom(self, company_id: UUID, step: Step) -> list[UUID]:
        """Return the contacts that the step speaks of, as far as they exist."""
        target = step.target
        if isinstance(target, ById):
            return [target.contact_id]
        if isinstance(target, Holding):
            return self.found.appointments.get((company_id, target.appointment_id), [])
        holder = self._holder(company_id, target)
        return self._seated(company_id, target) + ([] if holder is None else [holder])

    def _seated(self, company_id: UUID, target: Matching) -> list[UUID]:
        """Return who has a place in the meeting; which place, only their streams can tell."""
        if target.place is None:
            return []
        return self.found.appointments.get((company_id, target.place.appointment_id), [])

    def _holder(self, company_id: UUID, target: Matching) -> UUID | None:
        if target.email_key is not None:
            return self.found.emails.get((company_id, target.email_key))
        if target.phone_key is None:
            return None
        if (company_id, target.phone_key) in self.moved_phones:
            raise PhoneMoved
        return self.found.phones.get((company_id, target.phone_key))

    def check_claims(self, staged: dict[Address, Entry]) -> None:
        """Refuse two contacts with one address, looking at the state after the whole request."""
        claimed: dict[tuple[UUID, str], UUID] = {}
        for (company_id, contact_id), entry in staged.items():
            if (email_key := entry.contact.email_key) is None:
                continue
            key = (company_id, email_key)
            holder = claimed.setdefault(key, contact_id)
            if holder == contact_id:
                holder = self.found.emails.get(key, contact_id)
            if holder == contact_id:
                continue
            other = staged.get((company_id, holder))
            if other is None or other.contact.email_key == email_key:
                raise errors.EmailTaken(holder)

    def keep(
        self, company_id: UUID, staged: dict[Address, Entry], recorded: list[Recorded]
    ) -> None:
        """Make a granted request's contacts the state that the next one sees."""
        for address, entry in staged.items():
            self._give_up(address, self.entries.get(address), entry)
        for address, entry in staged.items():
            self._take(address, entry)
            self.entries[address] = entry
        for event in recorded:
            address = (company_id, event.originator_id)
            self.unsent[address] = None
            self._note_place(address, event.event)

    def _give_up(self, address: Address, before: Entry | None, after: Entry) -> None:
        if before is None:
            return
        email, phone = before.contact.email_key, before.contact.phone_key
        if email is not None and email != after.contact.email_key:
            self.found.emails.pop((address[0], email), None)
        if phone != after.contact.phone_key:
            moved = (phone, after.contact.phone_key)
            self.moved_phones |= {(address[0], number) for number in moved if number is not None}

    def _take(self, address: Address, entry: Entry) -> None:
        company_id, contact_id = address
        if (email := entry.contact.email_key) is not None:
            self.found.emails[company_id, email] = contact_id
        if (phone := entry.contact.phone_key) is not None:
            self.found.phones.setdefault((company_id, phone), contact_id)

    def _note_place(self, address: Address, event: Event) -> None:
        """Remember who has a place in which meeting from now on."""
        for appointment_id in names_of(event):
            holders = self.found.appointments.setdefault((address[0], appointment_id), [])
            if address[1] not in holders:
                holders.append(address[1])


def names_of(event: Event) -> list[str]:
    """Return the names under which a meeting is known from this event on."""
    if isinstance(event, BookingLinked):
        before = event.moved_from
        return [event.appointment_id, *([] if before is None else [before.appointment_id])]
    if isinstance(event, BookingRescheduled):
        return [event.appointment_id, event.new_appointment_id or event.appointment_id]
    return []


def means(target: Matching | Holding, contact: Contact) -> bool:
    """Tell whether the contact, as it is now, is one that the target speaks of."""
    if isinstance(target, Holding):
        look = contact.seats if target.even_formerly else contact.places
        return bool(look(target.appointment_id, target.attendee_id))
    if is_seated(target, contact):
        return True
    if target.email_key is not None:
        return contact.email_key == target.email_key
    return target.phone_key is not None and contact.phone_key == target.phone_key


def concerned(target: Holding, holders: list[Contact]) -> list[Contact]:
    """Leave out who cancelled: what becomes of the meeting concerns them only when all did."""
    if target.known_as is not None:
        holders = [one for one in holders if is_named(target, one)]
    if not holders:
        raise errors.AppointmentNotFound
    if target.even_formerly:  # it may be older than the cancellation
        return holders
    seats = {contact.id: seats_of(target, contact) for contact in holders}
    if target.alone and sum(seats.values()) > 1:
        raise errors.AttendeeNotNamed
    return [contact for contact in holders if seats[contact.id]] or holders


def is_named(target: Holding, contact: Contact) -> bool:
    """Tell whether the contact has the address or number, or had it when the place was booked."""
    seats = contact.seats(target.appointment_id, target.attendee_id)
    now = (contact.own_email_key, contact.fields.get("phone_key"))
    return target.known_as in (*now, *(booking.booked_as for _, booking in seats))


def seats_of(target: Holding, contact: Contact) -> int:
    """Count the contact's places in the meeting that were not called off."""
    places = contact.places(target.appointment_id, target.attendee_id)
    return sum(not booking.cancelled for _, booking in places)


def is_seated(target: Matching, contact: Contact) -> bool:
    """Tell whether the contact has the very place already; a deleted one is not spoken of."""
    place = target.place
    if place is None or contact.deleted:
        return False
    if place.attendee_id is None and place.phone_number != contact.fields.get("phone_number"):
        return False
    return bool(contact.seats(place.appointment_id, place.attendee_id))


def keys_of(requests: list[Request]) -> Keys:
    """Collect what the database must be asked for these requests."""
    keys = Keys()
    for company_id, step in steps_of(requests):
        target = step.target
        if isinstance(target, Matching):
            if target.email_key is not None:
                keys.emails.add((company_id, target.email_key))
            elif target.phone_key is not None:
                keys.phones.add((company_id, target.phone_key))
            if target.place is not None:
                keys.appointments.add((company_id, target.place.appointment_id))
        elif isinstance(target, Holding):
            keys.appointments.add((company_id, target.appointment_id))
        if step.claims is not None:
            keys.emails.add((company_id, step.claims))
    return keys


def steps_of(requests: list[Request]) -> Iterator[tuple[UUID, Step]]:
    """Walk through all steps, each with its company."""
    for request in requests:
        for step in request.steps:
            yield request.company_id, step
