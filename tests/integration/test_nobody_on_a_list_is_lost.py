"""Whatever a list holds, each row's person is stored, named by a row that is, or told as failed."""

from dataclasses import dataclass
from io import BytesIO
from itertools import count
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from api.imports import importer, job, register
from api.imports.files import opened
from api.imports.options import Options
from api.imports.verdicts import Verdict
from domain.application.contacts import Contacts
from tests.integration.writing import Books, creating, id_of

SPEAKING = ("created", "updated", "unchanged")
TOO_MANY_TAGS = [f"tag {number}" for number in range(100)]
"""With one more from the options the write side refuses them; the file alone does not show it."""

FAULTS: list[dict[str, Any]] = [{}, {"tags": TOO_MANY_TAGS}, {"language": "much too long"}]

ROW = st.fixed_dictionaries(
    {
        "email": st.sampled_from(
            [None, "a@list.test", "A@list.test", "b@list.test", "c@list.test"]
        ),
        "phoneNumber": st.sampled_from([None, "12 34", "030 901820"]),
        "firstName": st.sampled_from([None, "Anna"]),
        "id": st.sampled_from([None, None, None, 0, 1, 2]),
        "notes": st.sampled_from(["one", "two"]),
        "fault": st.sampled_from(range(len(FAULTS))),
    }
)
THERE: tuple[dict[str, Any], ...] = (
    {"email": "a@list.test"},
    {"phone_number": "12 34", "first_name": "Anna"},
    {"email": "d@list.test"},
)


SKIPPING = Options(tags=("Fair",))
UPDATING = Options(tags=("Fair",), update_existing=True)


class Killed(Exception):
    """The process ends here."""


class Place(NamedTuple):
    """Where companies can be made."""

    url: str
    side: Contacts
    books: Books


@pytest.fixture
def place(shared_url: str, side: Contacts, books: Books) -> Place:
    return Place(shared_url, side, books)


@dataclass
class List:
    """A list for one company that has some contacts already."""

    place: Place
    rows: list[dict[str, Any]]
    options: Options

    def __post_init__(self) -> None:
        self.url, side, books = self.place
        self.books, self.side = books.another(), side

    def content(self) -> BytesIO:
        """Return the file; its ids are of contacts that are there."""
        wishes = [creating(self.books.company_id, **fields) for fields in THERE]
        ids = [id_of(outcome) for outcome in self.side.run(wishes)]
        lines = []
        for row in self.rows:
            sent = {name: "" if value is None else value for name, value in row.items()}
            del sent["fault"]
            sent |= FAULTS[row["fault"]]
            if row.get("id") is not None:
                sent["id"] = ids[row["id"]]
            lines.append(to_json(sent) + b"\n")
        return BytesIO(b"".join(lines))

    def imported(self, dies_at: int | None = None) -> list[Verdict]:
        """Import it; at this moment, counted from 0, the process ends and another goes on."""
        content, moments = self.content(), count()

        def moment(*_: object) -> None:
            if next(moments) == dies_at:
                raise Killed

        try:
            self.attempt(content, moment)
        except Killed:
            self.attempt(content, lambda *_: None)
        with job.connection_to(self.url) as connection:
            one = register.find(connection, self.books.company_id, self.import_id)
            assert one.state == "done"
            verdicts = list(register.verdicts(connection, one))
        assert one.counts.rows == len(verdicts) == len(self.rows)
        return verdicts

    def attempt(self, content: BytesIO, moment: Any) -> None:  # a job.Tell
        """Import as far as it goes; before and after rows are noted it may end."""
        content.seek(0)
        with (
            pytest.MonkeyPatch.context() as patched,
            job.connection_to(self.url) as connection,
            opened(content) as file,
        ):
            noted = register.note
            patched.setattr(importer, "ROWS_A_TRIP", 4)
            patched.setattr(register, "note", lambda *given: (moment(), noted(*given)))
            one = job.begin(connection, self.books.company_id, "cli", file, self.options)
            self.import_id = one.import_id
            job.carry_out(self.url, connection, one, file, moment)


def row(email: str | None, fault: int = 0, **fields: Any) -> dict[str, Any]:  # any field
    return {"email": email, "fault": fault, **fields}


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rows=st.lists(ROW, min_size=3, max_size=9),
    options=st.sampled_from([SKIPPING, UPDATING]),
    dies_at=st.integers(0, 5),
)
@example(
    rows=[row("b@list.test", 2), row("b@list.test", 1), row("B@list.test"), row("b@list.test")],
    options=UPDATING,
    dies_at=0,
)
def test_a_row_is_skipped_for_a_contact_that_is_there_and_for_no_other_reason(
    place: Place, rows: list[dict[str, Any]], options: Options, dies_at: int
) -> None:
    whole = List(place, rows, options)
    verdicts = whole.imported()
    check(whole, verdicts)
    interrupted = List(place, rows, options).imported(dies_at)
    assert [one.status for one in interrupted] == [one.status for one in verdicts]
    if all(one.get("id") is None for one in rows):
        dry = options.model_copy(update={"dry_run": True})
        rehearsed = List(place, rows, dry).imported()
        assert [one.status for one in rehearsed] == [one.status for one in verdicts]


def check(whole: List, verdicts: list[Verdict]) -> None:
    live = {one["contact_id"] for one in whole.books.rows("contact")}
    for verdict in verdicts:
        if verdict.status in SPEAKING:
            assert verdict.contact_id in live
        elif verdict.status == "skipped" and verdict.contact_id is None:
            first = verdicts[int(verdict.reason.split()[1]) - 1]
            assert first.status in SPEAKING
        elif verdict.status == "skipped":
            assert verdict.contact_id in live
        else:
            assert verdict.sent


def test_the_first_good_row_of_a_contact_is_the_one_that_counts(
    place: Place,
) -> None:
    rows = [
        row("b@list.test", 2, notes="unread"),
        row("b@list.test", 1, notes="refused"),
        row("b@list.test", notes="good"),
        row("B@list.test", notes="late"),
    ]
    whole = List(place, rows, SKIPPING)
    verdicts = whole.imported()
    assert [one.status for one in verdicts] == ["failed", "failed", "created", "skipped"]
    assert verdicts[3].reason == "row 3 is about the same contact"
    (stored,) = [one for one in whole.books.rows("contact") if one["email"] == "b@list.test"]
    assert stored["notes"] == "good"
