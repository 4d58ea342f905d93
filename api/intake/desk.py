"""Takes deliveries through: stored, interpreted, submitted; whatever came too early waits."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool

from api.background import meanwhile
from api.intake import forgetting, inbox
from api.intake.inbox import Delivery, State, Verdict
from api.intake.reading import understood
from api.intake.register import Sender
from api.intake.source import NotUnderstood, Understood
from api.writer import Writer
from domain import errors
from domain.application.requests import Done, Request
from domain.contact.commands import LinkBooking
from domain.eventlog.log import Meta

SWEEP_SECONDS = 60.0
"""How often what was left lying is taken up, and what is too old removed."""

AT_MOST = 100
"""Deliveries that are taken up at a time."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    """What this process has seen, since it started."""

    taken: int = 0
    """Deliveries that were done at once."""
    kept: int = 0
    """Deliveries that were stored and wait, or could not be understood."""
    refused: int = 0
    """Requests with a token or signature that is none; nothing of them is stored."""


class IntakeDesk:
    """Does what deliveries ask for.

    Two things make sure that nothing waits for ever: who waits looks once more after it has said
    that it waits, and who brings a booking looks for those that wait after it was recorded.
    """

    def __init__(self, pool: AsyncConnectionPool[Any], writer: Writer, days: int) -> None:
        """Keep deliveries through `pool`, their bodies for so many days."""
        self._pool = pool
        self._writer = writer
        self._days = days
        self.counts = Counts()

    async def receive(self, sender: Sender, body: bytes) -> tuple[Delivery, Verdict]:
        """Store a delivery, then do what it asks for; raises Unavailable when it must come again.

        A body that came before is answered as then, unless it is not interpreted yet.
        """
        async with self._pool.connection() as connection:
            delivery = await inbox.store(connection, sender, body)
        if delivery.state is State.RECEIVED:
            verdict = await self.take_up(delivery)
        else:
            verdict = Verdict(delivery.state, delivery.reason)
        done = verdict.state is State.DONE
        self.counts.taken += done
        self.counts.kept += not done
        return delivery, verdict

    async def take_up(self, delivery: Delivery) -> Verdict:
        """Interpret and submit; the verdict is stored."""
        try:
            wish = understood(delivery)
        except NotUnderstood as unreadable:
            return await self._settled(delivery, Verdict(State.REJECTED, str(unreadable)))
        verdict = await self._settled(delivery, await self._submitted(delivery, wish))
        if verdict.state is State.WAITING:
            # its booking may have been recorded between the refusal and the note
            again = await self._submitted(delivery, wish)
            if again.state is not State.WAITING:
                verdict = await self._settled(delivery, again)
        return verdict

    async def bring(self, request: Request, appointment_ids: Collection[str]) -> Done:
        """Submit what may bring these bookings, together with what waits for them."""
        early = [wish for _, wish in await self._waiting(request.company_id, appointment_ids)]
        done = await self._together(request, early)
        with suppress(errors.Unavailable):  # what is left waiting is swept up later
            for delivery, wish in await self._waiting(request.company_id, appointment_ids):
                await self._settled(delivery, await self._submitted(delivery, wish))
        return done

    async def replay(self, company_id: UUID, delivery_id: UUID | None = None) -> list[Verdict]:
        """Try again what is not done, or the one delivery that is named."""
        async with self._pool.connection() as connection:
            deliveries = await inbox.kept(connection, company_id, delivery_id)
        return [await self.take_up(delivery) for delivery in deliveries]

    @asynccontextmanager
    async def sweeping(self) -> AsyncIterator[None]:
        """Sweep again and again meanwhile."""
        async with meanwhile(self._sweep_for_ever()):
            yield

    async def _sweep_for_ever(self) -> None:
        """Take up what somebody who ended left lying, and remove what is too old."""
        while True:
            try:
                await self.sweep()
            except (psycopg.Error, errors.DomainError) as failure:
                logger.warning("deliveries could not be swept: %s", errors.anonymous(failure))
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Do so once."""
        async with self._pool.connection() as connection:
            await forgetting.expire(connection, self._days)
            lying = await inbox.claim(connection, AT_MOST)
        for delivery in lying:
            await self.take_up(delivery)

    async def _submitted(self, delivery: Delivery, wish: Understood) -> Verdict:
        """Submit what a delivery asks for; raises Unavailable."""
        verdict = Verdict(
            State.DONE,
            appointment_ids=wish.appointment_ids,
            addresses=wish.addresses,
            said_at=wish.said_at,
        )
        meta = Meta(str(delivery.source_id), delivery.kind, str(delivery.delivery_id))
        request = Request(delivery.company_id, wish.steps, meta)
        try:
            if any(isinstance(step.command, LinkBooking) for step in wish.steps):
                done = await self.bring(request, wish.appointment_ids)
            else:
                done = await self._writer.submit(request)
        except errors.Unavailable:
            raise
        except errors.AppointmentNotFound as early:
            return replace(verdict, state=State.WAITING, reason=early.code)
        except errors.DomainError as refusal:
            return replace(verdict, state=State.REJECTED, reason=refusal.code)
        contact_ids = dict.fromkeys(change.contact_id for change in done.changes)
        return replace(verdict, contact_ids=tuple(contact_ids))

    async def _together(self, request: Request, early: Sequence[Understood]) -> Done:
        """Submit both in one transaction; what waits and is refused must not hold up the rest."""
        steps = request.steps + tuple(step for wish in early for step in wish.steps)
        try:
            done = await self._writer.submit(replace(request, steps=steps))
        except errors.Unavailable:
            raise
        except errors.DomainError:
            if not early:
                raise
            return await self._writer.submit(request)
        return done

    async def _waiting(
        self, company_id: UUID, appointment_ids: Collection[str]
    ) -> list[tuple[Delivery, Understood]]:
        """Return what waits for these bookings, and is understood."""
        if not appointment_ids:
            return []
        async with self._pool.connection() as connection:
            deliveries = await inbox.waiting_for(connection, company_id, appointment_ids)
        found = []
        for delivery in deliveries:
            try:
                found.append((delivery, understood(delivery)))
            except NotUnderstood as unreadable:
                await self._settled(delivery, Verdict(State.REJECTED, str(unreadable)))
        return found

    async def _settled(self, delivery: Delivery, verdict: Verdict) -> Verdict:
        async with self._pool.connection() as connection:
            await inbox.settle(connection, delivery, verdict)
        return verdict
