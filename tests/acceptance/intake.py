"""Hides how a scheduler sends: with which URL, in which bytes, and signed how."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2

from tests.acceptance.conftest import Tenant
from tests.intake_payloads import Json, raw, signed_calcom, signed_calendly


@dataclass(frozen=True)
class Scheduler:
    """A source of a company, from the scheduler's side."""

    company: Tenant
    id: str
    kind: str
    url: str
    secret: str | None

    @property
    def path(self) -> str:
        """The URL without the host, which in tests is another one each time."""
        return "/" + self.url.split("/", 3)[3]

    def headers(self, body: bytes) -> dict[str, str]:
        """The signature, if the scheduler signs."""
        if self.secret is None:
            return {}
        if self.kind == "calcom":
            return signed_calcom(self.secret, body)
        return signed_calendly(self.secret, body, datetime.now(UTC))

    def post(self, body: bytes, headers: dict[str, str] | None = None) -> httpx2.Response:
        """Send bytes without a key; None stands for the right signature."""
        signature = self.headers(body) if headers is None else headers
        sent = {"Content-Type": "application/json", "Authorization": "", **signature}
        return self.company.http.post(self.path, content=body, headers=sent)

    def send(self, payload: Json) -> httpx2.Response:
        """Send a webhook as the scheduler does."""
        return self.post(raw(payload))

    def tell(self, *payloads: Json) -> None:
        """Send webhooks that are all done at once."""
        for payload in payloads:
            answer = self.send(payload)
            assert (answer.status_code, answer.json()["state"]) == (200, "done"), answer.text

    def deliveries(self) -> list[dict[str, Any]]:
        """What is stored, as somebody with psql sees it."""
        query = (
            "SELECT delivery_id::text AS id, state, reason, attempts, addresses, appointment_ids, "
            "convert_from(body, 'UTF8') AS body FROM edge.delivery "
            "WHERE source_id = %s ORDER BY received_at, delivery_id"
        )
        cursor = self.company.running.database.execute(query, (self.id,))
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def connect(company: Tenant, kind: str, *options: str) -> Scheduler:
    """Add a source, as an operator does."""
    command = ("intake", "add", kind, "--company", company.name, *options, "--json")
    added = company.running.contacts(*command)
    return Scheduler(company, added["id"], kind, added["url"], added["secret"])


def people(company: Tenant) -> list[dict[str, Any]]:
    """All contacts, the oldest first."""
    return company.found(sortBy="createdAt", sortOrder="ASC", limit=100)


def parsed(body: str) -> Any:
    return json.loads(body)
