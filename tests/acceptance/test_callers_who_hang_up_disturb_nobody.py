"""A thousand callers hang up at random moments; everybody else is answered."""

import asyncio
import json
import socket
import struct
from contextlib import suppress
from random import Random

import httpx2

from tests.acceptance.conftest import Tenant

RUDE = 1_000
POLITE = 200
AT_ONCE = 50


async def hang_up(company: Tenant, number: int, random: Random) -> None:
    """Send a request, or a part of it, and go: kindly or with a reset."""
    url = httpx2.URL(company.running.url)
    body = json.dumps({"email": f"rude.{number}@example.com"}).encode()
    head = (
        f"POST /crm HTTP/1.1\r\nHost: {url.host}\r\nAuthorization: Bearer {company.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    request = head.encode() + body
    reader, writer = await asyncio.open_connection(url.host, url.port)
    whole = random.random() < 0.5
    writer.write(request if whole else request[: random.randrange(len(request))])
    with suppress(ConnectionError):
        await writer.drain()
        if whole and random.random() < 0.3:
            await reader.read(random.randrange(1, 20))
        if random.random() < 0.5:
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()
        await writer.wait_closed()


async def everybody(company: Tenant) -> list[int]:
    """Let both kinds call at once; return how the polite ones were answered."""
    random = Random(11)
    door = asyncio.Semaphore(AT_ONCE)

    async def rude(number: int) -> None:
        async with door:
            await asyncio.wait_for(hang_up(company, number, random), 20)

    async with httpx2.AsyncClient(
        base_url=company.running.url,
        headers={"Authorization": f"Bearer {company.key}"},
        timeout=30,
        verify=False,
    ) as http:

        async def polite(number: int) -> int:
            async with door:
                answer = await http.post("/crm", json={"email": f"polite.{number}@example.com"})
                return answer.status_code

        calls = [rude(number) for number in range(RUDE)]
        answers = [polite(number) for number in range(POLITE)]
        results = await asyncio.gather(*calls, *answers)
    return [status for status in results if status is not None]


def test_of_those_who_stay_everybody_is_answered(company: Tenant) -> None:
    assert asyncio.run(everybody(company)) == [201] * POLITE
    found = company.http.get("/crm", params={"searchTerm": "polite"}).json()
    assert found["total"] == POLITE
    created = [event for event in company.events() if event["topic"] == "contact.created"]
    assert len({event["data"]["email"] for event in created}) == len(created)
    assert company.http.get("/health/live").status_code == 200
