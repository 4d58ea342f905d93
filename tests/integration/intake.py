"""Hides how tests reach the intake on a real database, without HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import psycopg

from api.bootstrap import intake_desk
from api.database import editing, keeping
from api.intake import inbox, register
from api.intake.desk import IntakeDesk
from api.intake.inbox import Delivery, Verdict
from api.intake.register import Sender
from api.settings import Settings
from tests.intake_payloads import Json, raw
from tests.integration.writing import Books

R = TypeVar("R")


def added(url: str, books: Books, kind: str) -> Sender:
    """Add a source to the company."""
    with editing(url) as connection:
        access = register.add(connection, books.company_id, kind, None)
    return Sender(books.company_id, access.source_id, kind, "DE", None)


def at_the_desk(url: str, work: Callable[[IntakeDesk], Awaitable[R]]) -> R:
    """Let one process work at its intake desk."""

    async def run() -> R:
        async with intake_desk(Settings(), url) as desk:
            return await work(desk)

    return asyncio.run(run())


def sent(url: str, sender: Sender, *payloads: Json) -> list[Verdict]:
    """Send deliveries one after another."""

    async def work(desk: IntakeDesk) -> list[Verdict]:
        return [(await desk.receive(sender, raw(payload)))[1] for payload in payloads]

    return at_the_desk(url, work)


@asynccontextmanager
async def edge(url: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """A connection as the desk uses it."""
    async with keeping(url, 1) as pool, pool.connection() as connection:
        yield connection


def only_stored(url: str, sender: Sender, payload: Json) -> Delivery:
    """Store a delivery as a process does that ends before it interprets it."""

    async def store() -> Delivery:
        async with edge(url) as connection:
            return await inbox.store(connection, sender, raw(payload))

    return asyncio.run(store())


def deliveries(books: Books) -> list[dict[str, Any]]:
    """What is stored for the company."""
    query = "SELECT * FROM edge.delivery WHERE company_id = %s ORDER BY received_at, delivery_id"
    return books.query(query, books.company_id)


def aged(books: Books, interval: str) -> None:
    """Let time pass for all that is stored."""
    query = (
        "UPDATE edge.delivery SET taken_at = taken_at - %s::interval, "
        "received_at = received_at - %s::interval WHERE company_id = %s RETURNING delivery_id"
    )
    books.query(query, interval, interval, books.company_id)
