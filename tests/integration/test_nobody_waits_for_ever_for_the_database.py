"""A server that does not answer is given up on, whatever it is doing; the connection is closed."""

import asyncio
from contextlib import closing
from typing import Any

import psycopg
import pytest

from api import database

SLOW = "SELECT pg_sleep(5)"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANSWER_SECONDS", "EDGE_ANSWER_SECONDS"):
        monkeypatch.setattr(database, name, 0.1)


def test_a_writer_gives_up(shared_url: str) -> None:
    connection = database.writing(shared_url)()
    with pytest.raises(psycopg.OperationalError):
        connection.execute(SLOW)
    assert connection.closed


def test_a_writer_gives_up_on_a_whole_pipeline(shared_url: str) -> None:
    connection = database.writing(shared_url)()
    with pytest.raises(psycopg.OperationalError):
        send_a_batch(connection)
    assert connection.closed


def send_a_batch(connection: psycopg.Connection[Any]) -> None:
    with connection.pipeline():
        for statement in ("BEGIN", SLOW, "COMMIT"):
            connection.execute(statement)


def test_a_server_that_refuses_has_answered(shared_url: str) -> None:
    with closing(database.writing(shared_url)()) as connection:
        with pytest.raises(psycopg.errors.PipelineAborted), connection.pipeline():  # noqa: PT012  # as it ends
            with pytest.raises(psycopg.errors.DivisionByZero):
                connection.execute("SELECT 1 / 0").fetchone()
            connection.execute("SELECT 1")
        assert not connection.closed


def test_a_reader_gives_up_and_the_next_one_is_answered(shared_url: str) -> None:
    async def read() -> int:
        async with database.reading(shared_url, 1) as pool:
            with pytest.raises(psycopg.OperationalError):
                async with pool.connection() as connection:
                    await connection.execute(SLOW)
            assert connection.closed
            async with pool.connection() as another:
                row = await (await another.execute("SELECT 1 AS one")).fetchone()
        assert row is not None
        return int(row.one)

    assert asyncio.run(read()) == 1


def test_readers_find_the_primary_when_sessions_that_can_write_are_asked_for(
    shared_url: str,
) -> None:
    async def read() -> str:
        url = f"{shared_url} target_session_attrs=read-write"
        async with database.reading(url, 1) as pool, pool.connection() as connection:
            query = "SELECT current_setting('transaction_read_only') AS only"
            row = await (await connection.execute(query)).fetchone()
        assert row is not None
        return str(row.only)

    assert asyncio.run(read()) == "on"
