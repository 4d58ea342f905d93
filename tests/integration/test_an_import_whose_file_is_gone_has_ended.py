"""An uploaded file may be removed before its import has ended: then the import says why it did."""

from collections.abc import Iterator
from io import BytesIO

import psycopg
import pytest
from uuid_utils.compat import uuid7

from api.imports import forgetting, job, register, uploads
from api.imports.register import Import
from domain.ports import Connection
from tests.integration.writing import Books

LIST = b"Vorname;E-Mail\r\nAnna;Anna@example.com\r\nBen;ben@example.com\r\n"


@pytest.fixture
def edge(shared_url: str) -> Iterator[Connection]:
    with job.connection_to(shared_url) as connection:
        yield connection


def kept(edge: Connection, books: Books, state: str = "running") -> Import:
    """An import whose file is kept."""
    new = Import(books.company_id, uuid7(), b"digest", {}, actor="key", size=len(LIST))
    one = register.begin(edge, new)
    uploads.keep(edge, one, BytesIO(LIST))
    if state != "running":
        register.end(edge, one, state)
    return one


def state_of(edge: Connection, one: Import) -> tuple[str, str | None]:
    found = register.find(edge, *one.key)
    return found.state, found.reason


def test_who_is_erased_ends_the_import_of_the_list_that_names_them(
    edge: Connection, books: Books
) -> None:
    one, other = kept(edge, books), kept(edge, books.another())
    assert forgetting.forget_files(edge, books.company_id, ["nobody@example.com"]) == 0
    assert state_of(edge, one) == ("running", None)
    assert forgetting.forget_files(edge, books.company_id, ["anna@example.com"]) == 1
    assert state_of(edge, one) == ("refused", forgetting.SPOKE_OF_ERASED)
    assert state_of(edge, other) == ("running", None)
    assert [lying.import_id for lying in uploads.lying(edge)] == [other.import_id]


def test_a_file_that_nobody_went_on_with_ends_its_import(
    edge: Connection, books: Books, shared_url: str
) -> None:
    old, done, new = kept(edge, books), kept(edge, books, "done"), kept(edge, books)
    with psycopg.connect(shared_url) as owner:
        owner.execute(
            "UPDATE edge.import SET started_at = now() - interval '31 days' "
            "WHERE import_id = ANY (%s)",
            ([old.import_id, done.import_id],),
        )
    forgetting.expire(edge)
    assert state_of(edge, old) == ("refused", forgetting.TOO_OLD)
    assert state_of(edge, done) == ("done", None)
    assert state_of(edge, new) == ("running", None)


def test_what_was_read_before_is_imported_to_its_end(edge: Connection, books: Books) -> None:
    one = kept(edge, books)
    forgetting.forget_files(edge, books.company_id, ["anna@example.com"])
    register.end(edge, one, "done")
    assert state_of(edge, one) == ("done", None)
