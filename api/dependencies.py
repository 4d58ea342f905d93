"""What endpoints ask for: the service, and who calls."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from fastapi.security import APIKeyHeader

from api.bootstrap import Service
from api.keys.keyring import Key, Scope
from api.problems import ExpiredKey, FieldError, InvalidKey, MissingKey, MissingScope

USER_HEADER = "x-meetergo-api-user-id"
USER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

authorization = APIKeyHeader(
    name="Authorization",
    scheme_name="ApiKey",
    description="`Bearer <key>`, with a key that `contacts keys create` printed.",
    auto_error=False,
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: company, default region of phone numbers, and what is recorded as actor."""

    company_id: UUID
    key_id: UUID
    region: str
    actor: str
    request_id: str


def the_service(request: Request) -> Service:
    """Return the running service."""
    service: Service = request.app.state.service
    return service


def caller(scope: Scope | None) -> Callable[..., Awaitable[Caller]]:
    """Make the dependency that lets only keys with this scope pass."""

    async def identify(
        request: Request, header: Annotated[str | None, Depends(authorization)]
    ) -> Caller:
        key = await recognise(request, header)
        if scope is not None and not key.allows(scope):
            raise MissingScope
        return Caller(
            key.company_id, key.key_id, key.region, actor(request, key), request.state.request_id
        )

    return identify


async def recognise(request: Request, header: str | None) -> Key:
    """Return the key of the Authorization header, with or without the word Bearer."""
    if not header:
        raise MissingKey
    scheme, _, rest = header.partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else header.strip()
    key = await the_service(request).keyring.recognise(token)
    if key is None:
        raise InvalidKey
    if key.expired():
        raise ExpiredKey
    return key


def actor(request: Request, key: Key) -> str:
    """Name who did it: the key and, as the caller claims, the user."""
    user = request.headers.get(USER_HEADER)
    if not user:
        return str(key.key_id)
    if USER_ID.fullmatch(user) is None:
        raise FieldError(USER_HEADER, "must be 1 to 64 letters, digits, - or _")
    return f"{key.key_id}/{user}"


ContactId = Annotated[UUID, Path(alias="contactId", description="The contact's id.")]
ServiceDep = Annotated[Service, Depends(the_service)]
Reader = Annotated[Caller, Depends(caller(Scope.READ))]
Editor = Annotated[Caller, Depends(caller(Scope.WRITE))]
Anyone = Annotated[Caller, Depends(caller(None))]
