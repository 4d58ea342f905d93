"""An import holds the head of its own company, for a thousand rows at a time, and nobody else's."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import pytest

from api.imports import job
from api.imports.files import opened
from api.imports.options import Options
from domain.application.contacts import Contacts
from tests.integration.writing import Books, creating, names_of

ROWS = 200
LIST = b"email\n" + b"".join(b"%d@list.test\n" % number for number in range(ROWS))
GATE = 4711

PAUSE = f"""
    CREATE FUNCTION public.pause() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF new.source = 'import' THEN PERFORM pg_advisory_xact_lock_shared({GATE}); END IF;
        RETURN new;
    END $$;
    CREATE TRIGGER pause BEFORE INSERT ON log.event
    FOR EACH ROW EXECUTE FUNCTION public.pause();
"""
WAITING = (
    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@pytest.fixture
def gate(books: Books) -> Iterator[None]:
    """From now on an import stops in the middle of its first transaction."""
    books.connection.execute(PAUSE)
    books.connection.execute("SELECT pg_advisory_lock(%s)", (GATE,))
    yield
    books.connection.execute("SELECT pg_advisory_unlock_all()")
    books.connection.execute("DROP FUNCTION public.pause CASCADE")


@contextmanager
def importing(url: str, books: Books) -> Iterator[threading.Thread]:
    """Import the list meanwhile; it has come to its gate when the block begins."""

    def work() -> None:
        with job.connection_to(url) as connection, opened(BytesIO(LIST)) as file:
            one = job.begin(connection, books.company_id, "cli", file, Options())
            job.carry_out(url, connection, one, file, lambda *_: None)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        while not at_the_gate(books):
            thread.join(0.02)
            assert thread.is_alive()
        yield thread
    finally:
        books.connection.execute("SELECT pg_advisory_unlock_all()")
        thread.join(30)


def at_the_gate(books: Books) -> bool:
    return bool(books.query(WAITING, GATE))


@pytest.mark.usefixtures("gate")
def test_others_write_while_an_import_is_in_the_middle_of_its_transaction(
    shared_url: str, side: Contacts, books: Books
) -> None:
    other = books.another()
    with importing(shared_url, books):
        wishes = [
            creating(company.company_id, email=f"{number}@api.test")
            for number in range(3)
            for company in (books, other)
        ]
        assert names_of(side.run(wishes)) == ["Deferred", "Done"] * 3
        assert names_of(side.run([wishes[1]])) == ["EmailTaken"]
        assert at_the_gate(books)
    assert len(books.rows("contact")) == ROWS
    assert names_of(side.run([wishes[0]])) == ["Done"]
