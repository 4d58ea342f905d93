"""Runs all projections inside the append transaction, and finds contacts for it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, cast
from uuid import UUID

from psycopg import Connection
from pydantic_core import to_json

from domain.contact.events import OptinRequested
from domain.kernel import Event, Recorded
from domain.ports import Found, Keys, Rows
from projections.appointments import queries as appointments
from projections.appointments.projector import Appointments
from projections.contacts import queries as contacts
from projections.contacts import tally
from projections.contacts.projector import Contacts
from projections.kernel import Key, View
from projections.submissions.projector import Submissions

CONTACTS, APPOINTMENTS, SUBMISSIONS = Contacts(), Appointments(), Submissions()
VIEWS: tuple[View, ...] = (CONTACTS, APPOINTMENTS, SUBMISSIONS)

UNPROJECTED: dict[type[Event], str] = {
    OptinRequested: "a request is no consent; the history shows it",
}
"""Events that change no row but version and time of the contact's, each with its reason."""


def fingerprint() -> str:
    """Identify the code that builds the read model: versions and tables of all views."""
    parts = [f"{view.name} {view.version}\n{view.schema}" for view in VIEWS]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def put(rows: dict[Key, Any], changes: Mapping[Key, Any]) -> None:
    """Change rows; None is one that ceases to be."""
    for key, row in changes.items():
        if row is None:
            rows.pop(key, None)
        else:
            rows[key] = row


class ContactRows:
    """The rows of one contact in all views, and which of them are not stored yet."""

    __slots__ = ("changed", "company_id", "contact_id", "counted", "owned", "views")

    def __init__(self, company_id: UUID, contact_id: UUID) -> None:
        """Nothing has happened yet."""
        self.company_id = company_id
        self.contact_id = contact_id
        self.views: list[dict[Key, Any]] = [{} for _ in VIEWS]
        self.owned = set(range(len(VIEWS)))  # whose rows no copy shares
        self.changed: tuple[set[Key], ...] = tuple(set() for _ in VIEWS)
        self.counted = tally.NOWHERE

    def copy(self) -> Self:
        """Return independent rows that remember what changed so far.

        Both share what they have until one of them changes it: there may be thousands of rows.
        """
        twin = type(self)(self.company_id, self.contact_id)
        twin.views = self.views.copy()
        self.owned.clear()
        twin.owned.clear()
        twin.changed = tuple(keys.copy() for keys in self.changed)
        twin.counted = self.counted
        return twin

    def fold(self, recorded: Recorded) -> None:
        """Take in one event in every view."""
        for index, view in enumerate(VIEWS):
            changes = view.fold(self.views[index], recorded)
            if not changes:
                continue
            self.changed[index].update(changes)
            put(self._rows_to_change(index), changes)

    def follow(self, later: Self) -> None:
        """Become equal to rows that were equal until what they note as changed."""
        for index, keys in enumerate(later.changed):
            if keys:
                ahead = later.views[index]
                put(self._rows_to_change(index), {key: ahead.get(key) for key in keys})

    def _rows_to_change(self, index: int) -> dict[Key, Any]:
        """Return the rows of a view, as a copy unless nobody else has them."""
        if index not in self.owned:
            self.views[index] = self.views[index].copy()
            self.owned.add(index)
        return self.views[index]

    def settle(self) -> None:
        """Regard the rows as stored."""
        for changed in self.changed:
            changed.clear()
        self.counted = self.counting()

    def counting(self) -> tally.Counted:
        """Return the counters in which the contact belongs now."""
        return tally.counted(self.views[0].get(()))

    def of(self, view: View) -> Mapping[Key, Any]:
        """Return the rows of one view, by key."""
        return self.views[VIEWS.index(view)]


class Inline:
    """The read side as the append transaction uses it."""

    def __init__(self) -> None:
        """Know which code this is."""
        self.fingerprint = fingerprint()

    def empty(self, company_id: UUID, contact_id: UUID) -> ContactRows:
        """Return the rows of a contact to whom nothing has happened."""
        return ContactRows(company_id, contact_id)

    def ask_fingerprint(self, connection: Connection[Any]) -> Callable[[], str | None]:
        """Send the question which code built the active read model."""
        cursor = connection.execute("SELECT fingerprint FROM read.model")
        return lambda: cast("tuple[str]", cursor.fetchone() or (None,))[0]

    def find(self, connection: Connection[Any], keys: Keys) -> Callable[[], Found]:
        """Send the look-ups that are needed."""
        emails = contacts.find_by_email(connection, keys.emails)
        phones = contacts.find_by_phone(connection, keys.phones)
        meetings = appointments.find_by_appointment(connection, keys.appointments)
        return lambda: Found(emails(), phones(), meetings())

    def write(self, connection: Connection[Any], rows: Sequence[Rows]) -> None:
        """Send a statement a view for all rows that changed, and one for those that are gone."""
        changed_contacts = cast("Sequence[ContactRows]", rows)
        tally.add(connection, ((c.company_id, c.counted, c.counting()) for c in changed_contacts))
        for index, view in enumerate(VIEWS):
            kept: list[dict[str, Any]] = []
            gone: list[dict[str, Any]] = []
            for contact in changed_contacts:
                for key in contact.changed[index]:
                    row = contact.views[index].get(key)
                    if row is None:
                        gone.append(key_record(view, contact, key))
                    else:
                        kept.append(view.record(contact.company_id, contact.contact_id, row))
            if gone:
                connection.execute(view.remove, (to_json(gone).decode(),))
            if kept:
                connection.execute(view.upsert, (to_json(kept).decode(),))
        for contact in changed_contacts:
            contact.settle()


def key_record(view: View, contact: ContactRows, key: Key) -> dict[str, Any]:
    """Return a row's key as `View.remove` takes it."""
    values = key if isinstance(key, tuple) else (key,)
    named = dict(zip(view.key, values, strict=True))
    return {"company_id": contact.company_id, "contact_id": contact.contact_id, **named}
