"""The change feed over HTTP: whoever keeps `next` misses nothing and sees nothing twice."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from api.answers import refused
from api.contacts import rendering
from api.dependencies import Caller, calling, guarded
from api.feed.cloudevents import TOPICS, cloud_event
from api.feed.schemas import After, EventPage, Limit, Types, Wait
from api.history.unreadable import dated_async
from api.keys.keyring import Scope
from api.problems import FieldError, TooManyWaiting
from api.reports.disclosures import Disclosure, note_reader

router = APIRouter(tags=["feed"], route_class=guarded(Scope.AUDIT))

MOST_LOOKED_AT = 10_000
"""Positions that one call goes through when it looks for some types only."""

SEVERAL = "several are asked for as types=contact.created&types=contact.deleted"

HEAD = "SELECT position FROM log.company_log WHERE company_id = %s"
EVENTS = """
    SELECT position, contact_id, version, topic, recorded_at, actor, source, request_id, state
    FROM log.event WHERE company_id = %(company)s
    AND position > %(after)s AND position <= %(until)s
    AND (%(types)s::text[] = '{}' OR topic = ANY (%(types)s::text[]))
    ORDER BY position LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Page:
    """What lies behind a position, and how far the log was read and goes."""

    events: list[Any]
    next: int
    head: int


@router.get(
    "/events",
    response_model=EventPage,
    response_description="Events in order, and where to go on.",
    responses=refused(FieldError("after", "lies beyond the end of the log"), TooManyWaiting()),
)
async def list_events(
    request: Request, after: After = 0, limit: Limit = 100, types: Types = None, wait: Wait = 0
) -> Response:
    """Follow all events of the company in order, from position 0 on and for ever.

    Call with `after` 0, then again and again with the `next` of the answer before: nothing is
    missed and nothing comes twice, whoever writes meanwhile. With `wait` the call returns as soon
    as there is an event. At most 100 calls of a process may wait.
    """
    caller, wanted = calling(request), known(types or [])
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait
    page = await read(caller, after, limit, wanted)
    while not page.events and page.next == page.head and loop.time() < deadline:
        grown = caller.service.feed.beyond(caller.company_id, page.next, deadline - loop.time())
        if not await unless_gone(request, grown):
            break
        page = await read(caller, page.next, limit, wanted)
    if page.events:
        await noted(caller, after, page.next, selected=bool(wanted))
    return rendering.answer({"events": page.events, "next": page.next})


async def noted(caller: Caller, after: int, until: int, *, selected: bool) -> None:
    """Write down what is about to be sent, and to whom."""
    made = Disclosure(caller.company_id, "feed", caller.key_id, until, after, selected=selected)
    async with caller.service.edge.connection() as connection:
        await note_reader(connection, made)


def known(types: list[str]) -> list[str]:
    """Refuse types that there are not."""
    for index, one in enumerate(types):
        if one not in TOPICS:
            raise FieldError(f"types.{index}", f"must be one of {', '.join(TOPICS)}; {SEVERAL}")
    return types


async def read(caller: Caller, after: int, limit: int, types: list[str]) -> Page:
    """Read a page; no connection is held once it is there."""
    company_id = caller.company_id
    async with caller.service.reading() as connection:
        found = await (await connection.execute(HEAD, (company_id,))).fetchone()
        head = found.position if found else 0
        if after > head:
            raise FieldError("after", f"lies beyond the end of the log, {head}")
        until = min(head, after + MOST_LOOKED_AT) if types else head
        wanted = {"company": company_id, "after": after, "until": until, "types": types}
        cursor = await connection.execute(EVENTS, {**wanted, "limit": limit}, binary=True)
        async with dated_async(connection, company_id):
            rows = await cursor.fetchall()
    events = await asyncio.to_thread(lambda: [cloud_event(company_id, row) for row in rows])
    return Page(events, rows[-1].position if len(rows) == limit else until, head)


async def unless_gone(request: Request, waiting: Coroutine[Any, Any, bool]) -> bool:
    """Return what is waited for; False as soon as the caller hangs up, to free the place."""
    tasks = asyncio.ensure_future(waiting), asyncio.ensure_future(hung_up(request))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].done() and tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()


async def hung_up(request: Request) -> None:
    """Return when the caller has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
