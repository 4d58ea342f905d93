"""Hides callers who write without a pause, and who remember what they were answered."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2

from tests.acceptance.conftest import Tenant, client_of
from tests.integration.embedded_servers import eventually

CALLERS = 4

PAUSE_SECONDS = 0.05
"""Between two attempts while nobody answers."""


@dataclass
class Write:
    """A wish with a text of its own, by which it is found in the log."""

    mark: str
    method: str
    path: str
    key: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        """What is sent. Nothing but care keeps it single: a number may belong to many contacts."""
        number = {"phoneNumber": "0151 1"} if self.method == "POST" else {}
        return {"notes": self.mark, **number}


@dataclass
class Load:
    """What was wished, and what of it was acknowledged."""

    company: Tenant
    acknowledged: dict[str, str] = field(default_factory=dict)
    """Mark of the wish → the contact's id, once it was answered with success."""

    unanswered: set[str] = field(default_factory=set)
    """Marks of wishes that were not tried again."""

    statuses: Counter[int] = field(default_factory=Counter)
    """All that was ever answered."""

    stopped: threading.Event = field(default_factory=threading.Event)

    def caller(self, name: str, *, with_key: bool) -> None:
        """Create and change contacts; with a key each wish is sent until it is granted."""
        contact_id, number = "", 0
        with client_of(self.company.running, self.company.key) as http:
            while not self.stopped.is_set():
                number += 1
                key = {"Idempotency-Key": f'"{uuid4()}"'} if with_key else {}
                change = contact_id and number % 2 == 0
                method, path = ("PATCH", f"/crm/{contact_id}") if change else ("POST", "/crm")
                wish = Write(f"{name}-{number}", method, path, key)
                contact_id = self._granted(http, wish) or contact_id

    def _granted(self, http: httpx2.Client, wish: Write) -> str:
        """Send a wish, again and again if it has a key; return the contact's id."""
        while True:
            answer = self._sent(http, wish)
            if answer is not None and answer.is_success:
                contact_id: str = answer.json()["item"]["id"]
                self.acknowledged[wish.mark] = contact_id
                return contact_id
            if not wish.key or self.stopped.is_set():
                self.unanswered.add(wish.mark)
                return ""
            self.stopped.wait(PAUSE_SECONDS)

    def _sent(self, http: httpx2.Client, wish: Write) -> httpx2.Response | None:
        try:
            answer = http.request(wish.method, wish.path, json=wish.body, headers=wish.key)
        except httpx2.TransportError:
            self.stopped.wait(PAUSE_SECONDS)
            return None
        self.statuses[answer.status_code] += 1
        return answer

    def goes_on(self, seconds: float = 60.0) -> None:
        """Wait until something more is acknowledged than at the time of the call."""
        before = len(self.acknowledged)
        assert eventually(lambda: len(self.acknowledged) > before + CALLERS, seconds)

    def is_refused(self, seconds: float) -> None:
        """Wait until somebody is asked to come again."""
        before = self.statuses[503]
        assert eventually(lambda: self.statuses[503] > before, seconds)


@contextmanager
def under_load(company: Tenant) -> Iterator[Load]:
    """Write all the time: half of the callers try again with a key, half never do."""
    load = Load(company)
    callers = [
        threading.Thread(target=load.caller, args=(f"caller{n}",), kwargs={"with_key": n % 2 == 0})
        for n in range(CALLERS)
    ]
    for caller in callers:
        caller.start()
    try:
        yield load
    finally:
        load.stopped.set()
        for caller in callers:
            caller.join()
