"""Hides how deliveries reach contacts without a database: by the rules, and nothing else."""

from uuid import UUID

from uuid_utils.compat import uuid7

from api.intake.source import Understood
from api.intake.sources import SOURCES
from domain.application.desk import concerned, means
from domain.application.requests import ById, Holding, Step
from domain.contact.commands import LinkBooking
from domain.contact.contact import Contact
from domain.errors import AppointmentNotFound
from projections.inline import APPOINTMENTS, CONTACTS, ContactRows
from tests.intake_payloads import Json
from tests.unit.histories import recorded

COMPANY = UUID("0190a5f0-1c2e-7000-9000-000000000001")
OF_RECORDING = {"version", "created_at", "updated_at"}

Delivery = tuple[str, Json]
"""The name of a source and what it sends."""


class World:
    """All contacts of a company, and what waits for a booking."""

    def __init__(self) -> None:
        """Nobody is known."""
        self.contacts: list[tuple[Contact, ContactRows]] = []
        self.waiting: list[Understood] = []
        self.events = 0

    def hear(self, delivery: Delivery) -> None:
        """Do what a delivery asks for, and what waited for it; or let it wait."""
        source, payload = delivery
        wish = SOURCES[source].understand(payload, "DE")
        early = [one for one in self.waiting if {*one.appointment_ids} & {*wish.appointment_ids}]
        if not any(isinstance(step.command, LinkBooking) for step in wish.steps):
            early = []
        for one in (wish, *early):
            try:
                self._grant(one.steps)
            except AppointmentNotFound:
                self.waiting += [] if one in self.waiting else [one]
            else:
                self.waiting = [waiting for waiting in self.waiting if waiting is not one]

    def _grant(self, steps: tuple[Step, ...]) -> None:
        for step in steps:
            for contact, rows in self._addressees(step):
                contact.execute(step.command)
                for pending in contact.collect_events():
                    rows.fold(recorded(contact.id, pending.originator_version, pending.event))
                    self.events += 1

    def _addressees(self, step: Step) -> list[tuple[Contact, ContactRows]]:
        target = step.target
        assert not isinstance(target, ById)
        meant = [contact for contact, _ in self.contacts if means(target, contact)]
        if isinstance(target, Holding):
            ids = {contact.id for contact in concerned(target, meant)}
            return [one for one in self.contacts if one[0].id in ids]
        if not meant:
            contact_id = uuid7()
            self.contacts.append((Contact(contact_id), ContactRows(COMPANY, contact_id)))
            return self.contacts[-1:]
        return [one for one in self.contacts if one[0] is meant[0]]

    def shown(self) -> list[tuple[Json, list[Json]]]:
        """Return what is shown of all contacts, without ids that we made and times of recording."""
        people = [
            (
                {
                    column: getattr(rows.of(CONTACTS)[()], column)
                    for column in CONTACTS.columns
                    if column not in OF_RECORDING
                },
                [
                    {column: getattr(row, column) for column in APPOINTMENTS.columns}
                    | ({"attendee_id": None} if row.source == "calcom" else {})
                    for _, row in sorted(rows.of(APPOINTMENTS).items(), key=str)
                ],
            )
            for _, rows in self.contacts
        ]
        for person, places in people:
            person["tags"] = sorted(person["tags"])
            places.sort(key=lambda place: str(place["appointment_id"]))
        return sorted(people, key=lambda one: str(one[0]["email"]))
