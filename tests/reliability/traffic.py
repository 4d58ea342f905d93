"""Hides callers who do at a steady rate what a company's programs do, and time every answer."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

import httpx2

from tests.acceptance.conftest import BOOKING, Tenant, client_of

NAMES = ("Müller", "Öztürk", "Ñandú", "Smith", "Łukasz", "García", "Hansen", "Rossi")


@dataclass
class Traffic:
    """Several callers, each with calls due at fixed times, whether the last was answered or not."""

    company: Tenant
    rate: float
    """Calls a second of all callers together."""

    callers: int = 4
    answers: list[tuple[float, float]] = field(default_factory=list)
    """When a call was due, and how many seconds later it was answered."""

    statuses: set[int] = field(default_factory=set)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self, seconds: float, meanwhile: Callable[[], None]) -> None:
        """Call for so long, and do something else again and again meanwhile."""
        threads = [threading.Thread(target=self._caller, args=(n,)) for n in range(self.callers)]
        for thread in threads:
            thread.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end and all(thread.is_alive() for thread in threads):
            meanwhile()
        self.stopped.set()
        for thread in threads:
            thread.join()

    def _caller(self, number: int) -> None:
        chance, ids = Random(number), [""]
        due = time.monotonic() + number / self.rate
        with client_of(self.company.running, self.company.key) as http:
            while not self.stopped.wait(max(0.0, due - time.monotonic())):
                answer = http.request(**call(chance, ids))
                self.answers.append((due, time.monotonic() - due))
                self.statuses.add(answer.status_code)
                if answer.status_code == 201:
                    ids.append(created(answer))
                due += self.callers / self.rate


def created(answer: httpx2.Response) -> str:
    """Return the id of the contact that was made, by a caller or by a booking."""
    content = answer.json()
    return str(content["item"]["id"] if "item" in content else content["result"][0]["id"])


def call(chance: Random, ids: list[str]) -> dict[str, Any]:
    """Make up a call: six of ten read."""
    known = chance.choice(ids[-500:])
    email = f"{uuid4().hex}@example.com"
    kind = chance.random()
    if not known or kind < 0.15:
        person = {"lastName": chance.choice(NAMES), "email": email, "tags": ["Lead"]}
        return {"method": "POST", "url": "/crm", "json": person, "headers": key()}
    if kind < 0.3:
        change = {"notes": uuid4().hex, "additionalData": {"Role": chance.choice(NAMES)}}
        return {"method": "PATCH", "url": f"/crm/{known}", "json": change}
    if kind < 0.4:
        meeting = {**BOOKING, "id": uuid4().hex, "attendees": [{"id": uuid4().hex, "email": email}]}
        return {"method": "POST", "url": "/crm/bookings", "json": meeting, "headers": key()}
    if kind < 0.7:
        return {"method": "GET", "url": f"/crm/{known}"}
    query = {"searchTerm": chance.choice(NAMES)[:4]} if kind < 0.9 else {"tags": "Lead"}
    return {"method": "GET", "url": "/crm", "params": query}


def key() -> dict[str, str]:
    """Make a key for safe retries."""
    return {"Idempotency-Key": f'"{uuid4()}"'}
