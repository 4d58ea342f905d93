"""Who calls: checked before anything else, and handed to the endpoints."""

import asyncio
import re
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar
from uuid import UUID

import psycopg
from fastapi import Path, Request, Response
from fastapi.routing import APIRoute
from psycopg_pool import PoolTimeout

from api.bodies import StrictRequest
from api.bootstrap import Service
from api.direct import Handler, direct
from api.examples import SOME_ID
from api.history.since import conflict
from api.keys.keyring import Key, Scope
from api.keys.limits import Limiter
from api.preconditions import HEADER as IF_MATCH
from api.preconditions import versions
from api.problems import (
    ExpiredKey,
    FieldError,
    InvalidKey,
    MissingKey,
    MissingScope,
    TooManyRequests,
    UnsupportedMediaType,
)
from api.retries.attempts import HEADER as IDEMPOTENCY_KEY
from api.retries.attempts import Attempt
from domain import errors

FILES = "multipart/form-data"

CONDITIONS = frozenset({IF_MATCH.lower().encode(), IDEMPOTENCY_KEY.lower().encode()})
"""Headers that most calls do not have, and that cost time."""

TOO_MUCH_TO_DO = (PoolTimeout, psycopg.errors.QueryCanceled)
"""The database is not lost: all connections are taken, or the statement took too long. Asking once
more would only make it worse."""

USER_HEADER = "x-meetergo-api-user-id"
USER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

ContactId = Annotated[
    UUID, Path(alias="contactId", description="The contact's id.", examples=[SOME_ID])
]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: company, default region of phone numbers, and what is recorded as actor."""

    service: Service
    company_id: UUID
    key_id: UUID
    region: str
    actor: str
    request_id: str
    seen: frozenset[int] | None = None
    """The versions on which the call may be based, by If-Match; None when any will do."""
    attempt: Attempt | None = None
    """By what the call is known when it comes again, if it has an Idempotency-Key."""


class Guarded(APIRoute):
    """A route that lets only keys with its scope pass, any key if it has none.

    The key is checked before the body is read. A route does it rather than a dependency, since
    solving dependencies costs a request as much as everything else that the edge does.
    """

    needs: ClassVar[Scope | None] = None
    needs_for_past: ClassVar[Scope | None] = None
    """What it needs instead when `asOf` asks for the past, for those routes that can tell it."""
    takes_files: ClassVar[bool] = False
    """Whether bodies are too large to be held in memory; such work goes on after the answer."""

    def get_route_handler(self) -> Handler:
        """Check the key, then do what any route does."""
        handle = direct(self, super().get_route_handler())
        writes = self.writes()

        async def attempt(plain: Request) -> Response:
            request = StrictRequest(plain.scope, plain.receive)
            caller = await identify(request, self.scope_for(request))
            request.state.caller = caller
            if self.takes_files and not request.headers.get("content-type", "").startswith(FILES):
                raise UnsupportedMediaType(FILES)
            if not writes or CONDITIONS.isdisjoint(name for name, _ in request.scope["headers"]):
                return await handle(request)
            return await conditionally(handle, caller, request)

        async def guard(request: Request) -> Response:
            try:
                return await attempt(request)
            except psycopg.OperationalError as failure:
                # after a restart of the database the waiting connections are dead: a read is
                # tried again with new ones, a write has its own way
                if request.method != "GET" or isinstance(failure, TOO_MUCH_TO_DO):
                    raise
            service: Service = request.app.state.service
            await asyncio.gather(service.pool.check(), service.edge.check())
            return await attempt(request)

        return guard

    def writes(self) -> bool:
        """Tell whether it changes contacts at once, and so takes an Idempotency-Key."""
        changes = self.path.startswith("/crm") and "GET" not in (self.methods or ())
        return changes and not self.takes_files

    def takes_versions(self) -> bool:
        """Tell whether it changes the one contact of its path, and so takes If-Match."""
        return self.writes() and "{contactId}" in self.path

    def scope_for(self, request: Request) -> Scope | None:
        """Return the scope that this request needs."""
        asked = self.needs_for_past is not None and request.scope["query_string"]
        about_past = asked and "asOf" in request.query_params
        return self.needs_for_past if about_past else self.needs


def guarded(
    scope: Scope | None, *, past: Scope | None = None, files: bool = False
) -> type[Guarded]:
    """Make the kind of route that needs this scope, or `past` when it is asked for the past."""

    class WithScope(Guarded):
        needs = scope
        needs_for_past = past
        takes_files = files

    return WithScope


def calling(request: Request) -> Caller:
    """Return who calls a guarded route."""
    caller: Caller = request.state.caller
    return caller


async def conditionally(handle: Handler, caller: Caller, request: Request) -> Response:
    """Handle a write that must not be done twice, or only to the version that the caller knows."""
    of_one = "contactId" in request.path_params
    caller = replace(
        caller,
        seen=versions(request.headers.get(IF_MATCH)) if of_one else None,
        attempt=await caller.service.digester.attempt(caller.company_id, request),
    )
    request.state.caller = caller
    try:
        return await handle(request)
    except errors.ContactMovedOn:
        contact_id, seen = UUID(request.path_params["contactId"]), caller.seen or frozenset()
        raise await caller.service.history.run(
            lambda connection: conflict(connection, caller.company_id, contact_id, seen)
        ) from None


async def identify(request: Request, scope: Scope | None) -> Caller:
    """Recognise the caller, or refuse."""
    service: Service = request.app.state.service
    key = await recognise(service, request.headers.get("authorization"))
    if service.limiter is not None:
        count(service.limiter, key, request)
    if scope is not None and not key.allows(scope):
        raise MissingScope
    return Caller(
        service,
        key.company_id,
        key.key_id,
        key.region,
        actor(request, key),
        request.state.request_id,
    )


def count(limiter: Limiter, key: Key, request: Request) -> None:
    """Count a call of this key, and have its caller told how many are left."""
    standing = limiter.take(key.key_id)
    request.state.headers = limiter.headers(standing)
    if standing.next_in:
        raise TooManyRequests(standing.next_in)


async def recognise(service: Service, header: str | None) -> Key:
    """Return the key of the Authorization header, with or without the word Bearer."""
    if not header:
        raise MissingKey
    scheme, _, rest = header.partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else header.strip()
    key = await service.keyring.recognise(token)
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
