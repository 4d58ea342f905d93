"""Hides how a write is known again: the Idempotency-Key, and what the write asks for, digested."""

import hmac
import re
from dataclasses import dataclass
from uuid import UUID

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

from api.problems import FieldError

HEADER = "Idempotency-Key"
KEY = re.compile(r'"([!#-~]{1,255})"|([!#-~]{1,255})')
"""Visible ASCII; a string of structured fields (RFC 9651) has quotes, which many leave out."""

DAMAGED_KEY = FieldError(HEADER, "must be 1 to 255 visible ASCII characters, in quotes or without")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A write that may have been tried before: digests of its key, and of what it asks for."""

    key: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Digester:
    """Digests with a secret, so that nobody who reads the table can guess what was digested."""

    secret: bytes

    async def attempt(self, company_id: UUID, request: Request) -> Attempt | None:
        """Read the key and the whole request; None without a key, FieldError for a damaged one."""
        sent = ", ".join(request.headers.getlist(HEADER))
        if not sent:
            return None
        found = KEY.fullmatch(sent)
        if found is None:
            raise DAMAGED_KEY
        key = found[1] or found[2]
        scope = request.scope
        target = (scope["method"].encode(), scope["raw_path"], scope["query_string"])
        asked = b"\n".join((*target, await whole_body(request)))
        return Attempt(
            self._digest(company_id, b"key", key.encode()),
            self._digest(company_id, b"request", asked),
        )

    def _digest(self, company_id: UUID, what: bytes, content: bytes) -> bytes:
        return hmac.digest(self.secret, b"\n".join((company_id.bytes, what, content)), "sha256")


async def whole_body(request: Request) -> bytes:
    """Read the body, which the request keeps for whoever reads it next."""
    try:
        return await request.body()
    except ClientDisconnect as gone:
        raise HTTPException(400, "There was an error parsing the body") from gone
