"""Which tables hold personal data, and how each of them forgets a person."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from api.imports import forgetting as imports
from api.intake import forgetting as intake
from api.retries import forgetting as retries
from domain.ports import Connection


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to forget, and all e-mail keys and E.164 numbers under which they were ever known."""

    company_id: UUID
    contact_id: UUID
    addresses: Collection[str]


@dataclass(frozen=True, slots=True)
class Holder:
    """A table of the edge that holds personal data: in which columns, and how it forgets."""

    table: str
    columns: frozenset[str]
    forget: Callable[[Connection, Person], int]
    """Returns in how many rows there was something."""


HOLDERS = (
    Holder(
        "edge.delivery",
        frozenset({"body", "digest", "appointment_ids", "addresses"}),
        lambda connection, person: intake.forget(
            connection, person.company_id, person.contact_id, person.addresses
        ),
    ),
    Holder(
        "edge.receipt",
        frozenset({"answer", "digest"}),
        lambda connection, person: retries.forget(connection, person.company_id, person.contact_id),
    ),
    Holder(
        "edge.import_row",
        frozenset({"complaints", "sent"}),
        lambda connection, person: imports.forget(
            connection, person.company_id, person.contact_id, person.addresses
        ),
    ),
    Holder(
        "edge.import_piece",
        frozenset({"piece"}),
        lambda connection, person: imports.forget_files(
            connection, person.company_id, person.addresses
        ),
    ),
)

NEVER_PERSONAL = {
    "log.company_log.hash": "a hash of hashes",
    "log.event.topic": "the kind of an event",
    "log.event.actor": "ids of key and user, checked for their form",
    "log.event.source": "from where a request came, in our words",
    "log.event.request_id": "an id of ours",
    "log.event.digest": "a digest of data with a random number in it",
    "log.event.hash": "a hash of digests",
    "edge.company": "about the operator's companies",
    "edge.api_key": "about the operator's keys",
    "edge.secret": "random numbers",
    "edge.migration": "names and digests of files of ours",
    "edge.public_key": "public halves of signing keys",
    "edge.rebuild": "counts, and ids of contacts",
    "edge.intake_source": "about the schedulers that may send",
    "edge.delivery.state": "one of four words",
    "edge.delivery.reason": "a code, or what was wrong in our words",
    "edge.import": "about files: digest, options, names of columns, and what became of them",
    "edge.import_row.status": "one of five words",
    "edge.receipt.key": "a digest with a secret",
    "edge.disclosure": "ids, positions of the log and one of three words",
    "read.model": "which code built the read model",
}
"""Tables, and columns, of which nothing has to be forgotten, each with the reason."""
