"""Made-up logs, and everything that somebody with full access could do to one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import assume
from hypothesis import strategies as st

from api.audit import export
from api.audit.checkpoints import as_file, checkpoint
from api.audit.export import Row
from api.audit.signing import Signer, loaded
from api.audit.verifier import Checkpoint
from domain.eventlog import chain

SEED = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"
"""The first key of RFC 8032, section 7.1, in PKCS 8."""

SIGNER: Signer = loaded(SEED, "the tests")
COMPANY, OTHER_COMPANY = UUID(int=1, version=4), UUID(int=2, version=4)
BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TOPICS = ("contact.updated", "contact.tagged", "contact.booking_linked", "contact.form_submitted")
CONTACTS = 12

Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True)
class Story:
    """A company's log as rows, and where its head says that it ends."""

    company_id: UUID
    rows: tuple[Row, ...]
    head: tuple[int, bytes]

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # the name is hypothesis'
        """Show no more than what helps: hypothesis fails on long ones."""
        printer.text(f"<{[row.position for row in self.rows]}, head {self.head[0]}>")

    def lines(self, contact_id: UUID | None = None) -> list[bytes]:
        """Export it as the service does."""
        shown = [
            export.event(row) if contact_id in {None, row.contact_id} else export.digests(row)
            for row in self.rows
        ]
        header, trailer = export.header(self.company_id, contact_id), export.trailer(*self.head)
        return [header, *shown, trailer]

    def checkpoint(self) -> Checkpoint:
        """Sign its head, and read that as an auditor does."""
        at = self.rows[-1].recorded_at if self.rows else BEGAN
        return Checkpoint.read(
            as_file(checkpoint(SIGNER, self.company_id, *self.head, at)).encode()
        )


def told(company_id: UUID, rows: Sequence[Row]) -> Story:
    """Return a story that ends with its last row."""
    return Story(company_id, tuple(rows), head_of(company_id, rows))


def head_of(company_id: UUID, rows: Sequence[Row]) -> tuple[int, bytes]:
    """Return position and hash of the last row."""
    return (rows[-1].position, rows[-1].hash) if rows else (0, chain.genesis(company_id))


def made_up(company_id: UUID, events: int, seed: int = 1) -> Story:
    """Make up a log in which some contacts are erased."""
    random = Random(seed)
    rows: list[Row] = []
    versions: dict[UUID, int] = {}
    erased: set[UUID] = set()
    contacts = [UUID(int=random.getrandbits(128), version=4) for _ in range(CONTACTS)]
    for number in range(events):
        living = [contact for contact in contacts if contact not in erased]
        contact_id = random.choice(living)
        version = versions.get(contact_id, 0) + 1
        versions[contact_id] = version
        topic = random.choice(TOPICS) if version > 1 else "contact.created"
        if version > 3 and len(erased) < CONTACTS // 4:
            topic = "contact.erased"
            erased.add(contact_id)
        rows.append(made_up_event(random, company_id, number, contact_id, version, topic))
    return told(company_id, blanked(rehashed(rows, 0), erased))


def made_up_event(  # noqa: PLR0913, PLR0917  # an event has that many parts
    random: Random, company_id: UUID, number: int, contact_id: UUID, version: int, topic: str
) -> Row:
    """Make up an event; digest and hash come later."""
    state = (
        f'{{"schema":1,"nonce":"{random.getrandbits(128):032x}","data":{{"n":"Jürgen {number}"}}}}'
    )
    request_id = UUID(int=random.getrandbits(128), version=4)
    at = BEGAN + timedelta(seconds=number // 2)
    place = (company_id, number + 1, contact_id, version, topic, at)
    return Row(*place, "key/user-1", "api", str(request_id), b"", b"", state.encode())


def blanked(rows: Sequence[Row], erased: set[UUID]) -> list[Row]:
    """Destroy what the erased contacts' events said."""
    return [
        row._replace(state=None)
        if row.contact_id in erased and row.topic != "contact.erased"
        else row
        for row in rows
    ]


def rehashed(rows: Sequence[Row], first: int) -> list[Row]:
    """Compute digests and hashes anew from an index on, as a forger with the program would."""
    done = list(rows[:first])
    for row in rows[first:]:
        previous = done[-1].hash if done else chain.genesis(row.company_id)
        digest = row.digest if row.state is None else chain.digest(row.state)
        fields = {name: getattr(row, name) for name in Row._fields[:9]}
        linked = chain.link(previous, chain.entry(**fields), digest)
        done.append(row._replace(digest=digest, hash=linked))
    return done


def renumbered(rows: Sequence[Row]) -> list[Row]:
    """Close every gap in positions and versions."""
    versions: dict[UUID, int] = {}
    done = []
    for position, row in enumerate(rows, start=1):
        versions[row.contact_id] = versions.get(row.contact_id, 0) + 1
        done.append(row._replace(position=position, version=versions[row.contact_id]))
    return done


# What a forger does to the rows; each returns them changed.


def change(rows: list[Row], draw: Draw) -> list[Row]:
    """Change one field of an event."""
    index = draw(st.integers(0, len(rows) - 1))
    row = rows[index]
    field = draw(st.sampled_from(Row._fields[1:]))
    rows[index] = row._replace(**{field: draw(other(field, getattr(row, field)))})
    return rows


def other(field: str, value: Any) -> st.SearchStrategy[Any]:
    """Draw another value for a field."""
    if isinstance(value, bytes):
        return st.integers(0, 8 * len(value) - 1).map(lambda bit: flipped(value, bit))
    if isinstance(value, int):
        return st.integers(1, 200).filter(lambda number: number != value)
    if isinstance(value, datetime):
        return st.integers(1, 10**6).map(lambda n: value + timedelta(microseconds=n))
    if isinstance(value, UUID):
        return st.uuids().filter(lambda one: one != value)
    if field == "state":
        return st.just(b'{"schema":1,"nonce":"","data":{}}')
    return st.sampled_from(("", "contact.erased", "contact.restored", "Jürgen", 'a"b', "\\"))


def flipped(value: bytes, bit: int) -> bytes:
    """Flip one bit."""
    index, mask = bit // 8, 1 << bit % 8
    return value[:index] + bytes([value[index] ^ mask]) + value[index + 1 :]


def delete(rows: list[Row], draw: Draw) -> list[Row]:
    """Take events out."""
    first = draw(st.integers(0, len(rows) - 1))
    del rows[first : first + draw(st.integers(1, 5))]
    return rows


def insert(rows: list[Row], draw: Draw) -> list[Row]:
    """Put an event in, another one's copy or one that never was."""
    index = draw(st.integers(0, len(rows)))
    copy = rows[draw(st.integers(0, len(rows) - 1))]
    forged = copy._replace(state=b'{"schema":1,"nonce":"","data":{}}')
    rows.insert(index, draw(st.sampled_from((copy, forged))))
    return rows


def reorder(rows: list[Row], draw: Draw) -> list[Row]:
    """Let two events change places."""
    one, two = draw(st.integers(0, len(rows) - 1)), draw(st.integers(0, len(rows) - 1))
    rows[one], rows[two] = rows[two], rows[one]
    return rows


def truncate(rows: list[Row], draw: Draw) -> list[Row]:
    """Show an old state of the log."""
    return rows[: draw(st.integers(0, len(rows) - 1))]


def move(rows: list[Row], draw: Draw) -> list[Row]:
    """Move an event to another contact."""
    index = draw(st.integers(0, len(rows) - 1))
    contact_id = rows[draw(st.integers(0, len(rows) - 1))].contact_id
    rows[index] = rows[index]._replace(contact_id=contact_id)
    return rows


def blank(rows: list[Row], draw: Draw) -> list[Row]:
    """Destroy what an event said, without saying why."""
    index = draw(st.integers(0, len(rows) - 1))
    rows[index] = rows[index]._replace(state=None)
    return rows


FORGERIES = (change, delete, insert, reorder, truncate, move, blank)


def leave(rows: list[Row]) -> list[Row]:
    """Leave numbers and hashes as they were."""
    return rows


def rehash(rows: list[Row]) -> list[Row]:
    """Compute all hashes anew."""
    return rehashed(rows, 0)


def renumber(rows: list[Row]) -> list[Row]:
    """Close gaps and compute all hashes anew."""
    return rehashed(renumbered(rows), 0)


@st.composite
def forged(draw: Draw, story: Story) -> Story:
    """Draw a log that differs from the given one, with its traces covered or not."""
    rows = list(story.rows)
    for forgery in draw(st.lists(st.sampled_from(FORGERIES), min_size=1, max_size=2)):
        rows = forgery(rows, draw) if rows else rows
    rows = draw(st.sampled_from((leave, rehash, renumber)))(rows)
    # what only goes on after the checkpoint is no forgery, but what a service does
    assume(tuple(rows[: len(story.rows)]) != story.rows)
    heads = (story.head, head_of(story.company_id, rows))
    return replace(story, rows=tuple(rows), head=draw(st.sampled_from(heads)))
