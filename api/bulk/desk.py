"""Runs many requests of one caller as one transaction, on a connection beside the writer's."""

import asyncio
from typing import cast

from domain import errors
from domain.application.contacts import Contacts
from domain.application.requests import Deferred, Outcome, Request


class BulkDesk:
    """The writer's own code path for a whole list; one list at a time in a process."""

    def __init__(self, contacts: Contacts) -> None:
        """`contacts` works on a connection that waits for heads longer than the writer does."""
        self._contacts = contacts
        self._free = asyncio.Lock()

    async def run(self, requests: list[Request]) -> list[Outcome]:
        """Return an outcome for each request; raises Unavailable when none could be tried.

        A list whose key came with another list raises IdempotencyKeyReused.
        """
        async with self._free:
            outcomes = await asyncio.to_thread(self._contacts.run, requests, wait=True)
        if all(isinstance(outcome, Deferred) for outcome in outcomes):
            raise errors.Busy
        if all(isinstance(outcome, errors.Unavailable) for outcome in outcomes):
            raise cast("errors.Unavailable", outcomes[0])
        for outcome in outcomes:
            if isinstance(outcome, errors.IdempotencyKeyReused):
                raise outcome
        return outcomes

    def close(self) -> None:
        """Give the connection back."""
        self._contacts.close()
