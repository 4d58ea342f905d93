"""Who calls: checked before anything else, and handed to the endpoints."""

import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, cast
from uuid import UUID

import psycopg
from fastapi import HTTPException, Path, Request, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from api.bodies import StrictRequest
from api.bootstrap import Service
from api.examples import SOME_ID
from api.keys.keyring import Key, Scope
from api.problems import ExpiredKey, FieldError, InvalidKey, MissingKey, MissingScope

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

JSON = "application/json"

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


class Guarded(APIRoute):
    """A route that lets only keys with its scope pass, any key if it has none.

    The key is checked before the body is read. A route does it rather than a dependency, since
    solving dependencies costs a request as much as everything else that the edge does.
    """

    needs: ClassVar[Scope | None] = None

    def get_route_handler(self) -> Handler:
        """Check the key, then do what any route does."""
        handle, scope = direct(self, super().get_route_handler()), self.needs

        async def attempt(request: Request) -> Response:
            request.state.caller = await identify(request, scope)
            return await handle(StrictRequest(request.scope, request.receive))

        async def guard(request: Request) -> Response:
            try:
                return await attempt(request)
            except psycopg.OperationalError:
                # after a restart of the database the waiting connections are dead: a read is
                # tried again with new ones, a write has its own way
                if request.method != "GET":
                    raise
            await request.app.state.service.pool.check()
            return await attempt(request)

        return guard


def direct(route: APIRoute, solve: Handler) -> Handler:
    """Hand a JSON body to its endpoint without solving dependencies, where there are none.

    It saves a third of the edge's time. Whatever is not that plain, or wrong, goes the way of the
    framework, whose errors are the ones that callers see.
    """
    needs = route.dependant
    own = needs.request_param_name
    if len(needs.body_params) != 1 or needs.path_params or needs.dependencies or own is None:
        return solve
    name, field = needs.body_params[0].name, needs.body_params[0].field_info
    validate = TypeAdapter(cast("type[Any]", field.annotation)).validate_python

    async def call(request: Request) -> Response:
        if request.scope["query_string"] or request.headers.get("content-type") != JSON:
            return await solve(request)
        try:
            body = validate(await request.json())
        except (ValueError, RecursionError, HTTPException):
            return await solve(request)
        answer: Response = await route.endpoint(**{name: body, own: request})
        return answer

    return call


def guarded(scope: Scope | None) -> type[Guarded]:
    """Make the kind of route that needs this scope."""

    class WithScope(Guarded):
        needs = scope

    return WithScope


def calling(request: Request) -> Caller:
    """Return who calls a guarded route."""
    caller: Caller = request.state.caller
    return caller


async def identify(request: Request, scope: Scope | None) -> Caller:
    """Recognise the caller, or refuse."""
    service: Service = request.app.state.service
    key = await recognise(service, request.headers.get("authorization"))
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
