"""How a refused request must look, and that it left nothing behind."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from tests.acceptance.conftest import Tenant


def expect_refusal(answer: httpx2.Response, status: int, *fields: str) -> None:
    """A problem that names these fields, in RFC 9457's words and in meetergo's."""
    assert answer.status_code == status, (answer.status_code, answer.text[:500])
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == body["statusCode"] == status
    assert body["code"] in body["type"]
    assert body["message"]
    assert body["error"] == body["title"]
    named = [entry["field"] for entry in body.get("errors", ())]
    for field in fields:
        assert field in named, body
    assert all(entry["message"] for entry in body.get("errors", ()))
    assert len(answer.content) < 10_000


@contextmanager
def nothing_recorded(company: Tenant) -> Iterator[None]:
    """Whatever is asked meanwhile, the log does not grow."""
    before = company.position()
    yield
    assert company.position() == before
