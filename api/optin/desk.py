"""Asks a contact by mail, at most once in ten minutes."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from api.optin.links import Ask, Links
from api.optin.mail import letter
from api.optin.postman import NotMailed, Postman

CLAIM = """
    INSERT INTO edge.optin_mail AS last (company_id, contact_id, mailed_at)
    VALUES (%s, %s, clock_timestamp())
    ON CONFLICT (company_id, contact_id) DO UPDATE SET mailed_at = excluded.mailed_at
    WHERE last.mailed_at <= excluded.mailed_at - interval '10 minutes'
    RETURNING mailed_at
"""
RELEASE = """
    DELETE FROM edge.optin_mail WHERE company_id = %s AND contact_id = %s AND mailed_at = %s
"""

TRY_AGAIN_AT_ONCE = (NotMailed.FAILED, NotMailed.REFUSED)
"""After these, the contact certainly has no mail."""


@dataclass(frozen=True, slots=True)
class OptinDesk:
    """Makes links, and mails them if there is a mail server."""

    links: Links
    postman: Postman | None
    edge: AsyncConnectionPool[Any]

    async def mail(self, ask: Ask, wording: str) -> NotMailed | None:
        """Mail a request; return why it was not mailed, if so."""
        if self.postman is None:
            return NotMailed.NO_SERVER
        try:
            message = letter(self.postman.sender, ask, wording, self.links.to_confirm(ask))
        except ValueError:  # what one writes for an address may be none
            return NotMailed.REFUSED
        try:
            return await self._mail_once(self.postman, message, ask)
        except psycopg.OperationalError:
            # the request itself is recorded, and must be answered so
            return NotMailed.FAILED

    async def _mail_once(
        self, postman: Postman, message: EmailMessage, ask: Ask
    ) -> NotMailed | None:
        try:
            claimed_at = await self._claim(ask)
        except psycopg.OperationalError:
            # after a restart of the database the waiting connections are dead
            await self.edge.check()
            claimed_at = await self._claim(ask)
        if claimed_at is None:
            return NotMailed.RECENTLY
        failure = await postman.send(message)
        if failure in TRY_AGAIN_AT_ONCE:
            await self._release(ask, claimed_at)
        return failure

    def close(self) -> None:
        """Begin no further mail."""
        if self.postman is not None:
            self.postman.close()

    async def _claim(self, ask: Ask) -> datetime | None:
        """Take the right to the one mail of these ten minutes; None when it is taken already."""
        async with self.edge.connection() as connection:
            cursor = await connection.execute(CLAIM, (ask.company_id, ask.contact_id))
            row = await cursor.fetchone()
        return None if row is None else row.mailed_at

    async def _release(self, ask: Ask, claimed_at: datetime) -> None:
        """Give the right back, since nothing was mailed."""
        async with self.edge.connection() as connection:
            await connection.execute(RELEASE, (ask.company_id, ask.contact_id, claimed_at))
