"""Turns a meeting and its people, as any source tells of them, into wishes to the write side."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from pydantic import JsonValue
from pydantic_core import to_json
from uuid_utils.compat import uuid7

from api.intake.source import NotUnderstood, Understood
from domain.application.requests import Matching, Place, Step
from domain.contact.commands import LinkBooking, Meeting
from domain.contact.contact import MAX_ADDITIONAL_DATA_BYTES
from domain.contact.events import Details, FormerPlace
from domain.identity import email_key, phone_number

MAX_LANGUAGE = 8


class Person(NamedTuple):
    """Somebody whom a source speaks of."""

    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    full_name: str | None = None
    """Used only where neither of the two above is there."""
    language: str | None = None
    attendee_id: str | None = None
    timezone: str | None = None
    answers: Mapping[str, JsonValue] = MappingProxyType({})

    @property
    def reachable(self) -> bool:
        """Whether there is an address or a number, without which nobody becomes a contact."""
        return self.email is not None or self.phone is not None


class Booked(NamedTuple):
    """A meeting that was booked, or moved, and when the source says so."""

    source: str
    meeting: Meeting
    people: tuple[Person, ...]
    said_at: datetime | None
    moved_from: FormerPlace | None = None


def linked(booked: Booked, region: str) -> Understood:
    """Ask for a place for each person who can be reached; raises NotUnderstood if nobody can."""
    if booked.meeting.end < booked.meeting.start:
        raise NotUnderstood("the meeting ends before it starts")
    people = [person for person in booked.people if person.reachable]
    if not people:
        raise NotUnderstood("no attendee has an e-mail address or a phone number")
    former = booked.moved_from
    names = (booked.meeting.appointment_id, former.appointment_id if former else None)
    return Understood(
        tuple(step(booked, person, region) for person in people),
        tuple(dict.fromkeys(name for name in names if name is not None)),
        addresses(people, region),
        booked.said_at,
    )


def step(booked: Booked, person: Person, region: str) -> Step:
    """Ask for one person's place."""
    known = details(person, region)
    command = LinkBooking(
        replace(booked.meeting, timezone=person.timezone),
        known,
        new_attendee_id=str(uuid7()),
        attendee_id=person.attendee_id,
        source=booked.source,
        moved_from=formerly(booked, person),
        said_at=booked.said_at,
    )
    return Step(matching(known, place(booked, person, known)), command)


def formerly(booked: Booked, person: Person) -> FormerPlace | None:
    """Return what the place was called; a meeting that keeps its id keeps its places' ids too."""
    former, appointment_id = booked.moved_from, booked.meeting.appointment_id
    if former is None or former.appointment_id != appointment_id:
        return former
    return FormerPlace(appointment_id=appointment_id, attendee_id=person.attendee_id)


def place(booked: Booked, person: Person, known: Details) -> Place | None:
    """Return the place by which the person is known, under its first name if the meeting moved."""
    former = booked.moved_from or FormerPlace(appointment_id=booked.meeting.appointment_id)
    attendee_id = former.attendee_id or person.attendee_id
    if attendee_id is not None:
        return Place(former.appointment_id, attendee_id)
    if known.email is None and known.phone_key is None:
        return Place(former.appointment_id, phone_number=known.phone_number)
    return None


def matching(known: Details, seat: Place | None = None) -> Matching:
    """Mean whoever has the place, else the address, else the number."""
    key = None if known.email is None else email_key(known.email)
    return Matching(key, known.phone_key, seat)


def details(person: Person, region: str) -> Details:
    """Return what the source knows of the person; the number in E.164 if it is valid."""
    first_name, last_name = names_of(person)
    shown, key = (None, None) if person.phone is None else phone_number(person.phone, region)
    known = {
        "first_name": first_name,
        "last_name": last_name,
        "email": person.email,
        "phone_number": shown,
        "phone_key": key,
        "language": language(person.language),
        "additional_data": fitting(person.answers) or None,
    }
    return Details.model_validate({k: v for k, v in known.items() if v is not None})


def names_of(person: Person) -> tuple[str | None, str | None]:
    """Return given and family name; a full name is divided before its last word."""
    if person.first_name or person.last_name or not person.full_name:
        return person.first_name, person.last_name
    *first, last = person.full_name.split()
    return (" ".join(first), last) if first else (last, None)


def language(tag: str | None) -> str | None:
    """Return the language of a tag as `pt-BR`, without the region."""
    code = (tag or "").replace("_", "-").partition("-")[0].strip().lower()
    return code if 0 < len(code) <= MAX_LANGUAGE else None


def fitting(answers: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Keep the answers that say something, as far as a contact has room for them."""
    kept: dict[str, JsonValue] = {}
    for question, answer in answers.items():
        said = question.strip() and answer not in (None, "", [], {})
        if said and len(to_json({**kept, question: answer})) <= MAX_ADDITIONAL_DATA_BYTES:
            kept[question] = answer
    return kept


def addresses(people: Iterable[Person], region: str) -> tuple[str, ...]:
    """Return the comparable addresses and numbers of the people, each once."""
    found: dict[str, None] = {}
    for person in people:
        if person.email is not None:
            found[email_key(person.email)] = None
        if person.phone is not None and (key := phone_number(person.phone, region)[1]):
            found[key] = None
    return tuple(found)
