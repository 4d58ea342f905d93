"""A company's contacts as a plain dictionary: what the service should answer, in few words."""

from dataclasses import dataclass, field
from typing import Any

Fields = dict[str, Any]
ADDRESSES = ("email", "phoneNumber")


class Refused(Exception):
    """The service should refuse it with this status."""

    def __init__(self, status: int, holder: str | None = None) -> None:
        """Name who has the address, if that is the reason."""
        super().__init__(status)
        self.status = status
        self.holder = holder


@dataclass
class Place:
    """Somebody's place in a meeting."""

    cancelled: bool = False
    no_show: bool = False


@dataclass
class Person:
    """One contact."""

    fields: Fields
    tags: set[str]
    status: str = "live"
    places: dict[str, Place] = field(default_factory=dict)

    @property
    def shown(self) -> Fields:
        """What a list shows of it."""
        missed = sum(place.no_show and not place.cancelled for place in self.places.values())
        derived = {"Recurring"} if len(self.places) > 1 else set()
        return {**self.fields, "tags": self.tags | derived, "noShowCount": missed}

    @property
    def key(self) -> str | None:
        """By what its address is compared."""
        return key_of(self.fields)


def key_of(fields: Fields) -> str | None:
    """Return by what an address is compared."""
    return None if fields.get("email") is None else fields["email"].strip().lower()


def changed(before: Fields, changes: Fields) -> Fields:
    """Return the fields after a change; at least one address must be left."""
    data = {**before.get("additionalData", {}), **changes.get("additionalData", {})}
    after = {
        **before,
        **changes,
        "additionalData": {name: value for name, value in data.items() if value is not None},
    }
    if all(after.get(name) is None for name in ADDRESSES):
        raise Refused(400)
    return after


@dataclass
class PlainContacts:
    """All contacts of a company, by their ids."""

    people: dict[str, Person] = field(default_factory=dict)

    def live(self) -> dict[str, Person]:
        """Return those that are shown."""
        return {id_: one for id_, one in self.people.items() if one.status == "live"}

    def holder(self, key: str | None) -> str | None:
        """Return who has the address."""
        held = (id_ for id_, one in self.live().items() if key is not None and one.key == key)
        return next(held, None)

    def make(self, fields: Fields, tags: set[str]) -> Person:
        """Return somebody new, who is not among the contacts before there is an id."""
        person = Person(changed({}, fields), tags)
        if (holder := self.holder(person.key)) is not None:
            raise Refused(409, holder)
        return person

    def there(self, id_: str) -> Person:
        """Return a contact that is neither deleted nor erased."""
        person = self.people[id_]
        if person.status != "live":
            raise Refused(404 if person.status == "deleted" else 410)
        return person

    def change(self, id_: str, fields: Fields, tags: set[str] | None) -> None:
        """Change fields, replace tags."""
        person = self.there(id_)
        after = changed(person.fields, fields)
        if (holder := self.holder(key_of(after))) not in {None, id_}:
            raise Refused(409, holder)
        person.fields = after
        person.tags = person.tags if tags is None else tags

    def not_erased(self, id_: str) -> Person:
        """Return a contact that is not erased."""
        person = self.people[id_]
        if person.status == "erased":
            raise Refused(410)
        return person

    def delete(self, id_: str) -> None:
        """Hide it, now or before."""
        self.not_erased(id_).status = "deleted"

    def restore(self, id_: str) -> None:
        """Show it again, unless somebody else has its address by now."""
        person = self.not_erased(id_)
        if (holder := self.holder(person.key)) not in {None, id_}:
            raise Refused(409, holder)
        person.status = "live"

    def erase(self, id_: str) -> None:
        """Destroy it for good."""
        self.not_erased(id_).status = "erased"

    def book(self, appointment: str, fields: Fields, id_: str) -> None:
        """Let who has the address, else somebody new, take a place; only what is missing is filled.

        `id_` is who the service says it was.
        """
        person = self.people.get(self.holder(key_of(fields)) or id_)
        if person is None:
            person = self.people[id_] = self.make(fields, set())
        missing = {name: value for name, value in fields.items() if person.fields.get(name) is None}
        person.fields = changed(person.fields, missing)
        person.places[appointment] = Place()

    def places(self) -> dict[str, Place]:
        """Return the meetings of those who are there."""
        return {name: place for one in self.live().values() for name, place in one.places.items()}
