"""Tells callers what is refused, as RFC 9457 and meetergo's clients want it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from api.problems import (
    RETRY_AFTER_SECONDS,
    STATUS,
    BodyTooLarge,
    BodyTooSlow,
    EdgeError,
    FieldError,
    UnsupportedMediaType,
    field_name,
    reason,
)
from domain import errors

MEDIA_TYPE = "application/problem+json"

NOT_JSON = ("body", "The body is not valid JSON")

MAX_NAMED = 20
"""Mistakes of one request that are named; who makes more is told the first ones."""


class Answer(JSONResponse):
    """A problem that tells whoever counts and logs the request which one it is."""

    code: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Leave the code with the request, then send."""
        scope["state"]["code"] = self.code
        await super().__call__(scope, receive, send)


def problem(  # noqa: PLR0913  # an answer has that many parts
    status: int,
    code: str,
    message: str,
    *,
    fields: Sequence[tuple[str, str]] = (),
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Build the answer; `fields` are pairs of field and message."""
    phrase = HTTPStatus(status).phrase
    content: dict[str, Any] = {
        "type": f"urn:contacts:problem:{code}",
        "title": phrase,
        "status": status,
        "detail": message,
        "code": code,
        "statusCode": status,
        "message": message,
        "error": phrase,
        **(details or {}),
    }
    if fields:
        content["errors"] = [{"field": field, "message": text} for field, text in fields]
    answer = Answer(content, status, headers=headers, media_type=MEDIA_TYPE)
    answer.code = code
    return answer


def domain_problem(error: errors.DomainError) -> JSONResponse:
    """Answer a refusal of the write side."""
    family = next(kind for kind in type(error).__mro__ if kind in STATUS)
    status = STATUS[family]
    fields = [(field, error.message) for field in error.fields]
    headers = (
        {"Retry-After": RETRY_AFTER_SECONDS} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    )
    message = "Validation failed" if status == HTTPStatus.BAD_REQUEST and fields else error.message
    return problem(
        status, error.code, message, fields=fields, details=error.details, headers=headers
    )


def edge_problem(error: EdgeError) -> JSONResponse:
    """Answer a refusal of the edge."""
    return problem(
        error.status, error.code, error.message, details=error.details, headers=error.headers
    )


def invalid(fields: Sequence[tuple[str, str]]) -> JSONResponse:
    """Answer a malformed request, naming what is wrong."""
    return problem(400, "validation_failed", "Validation failed", fields=fields)


def mistake() -> JSONResponse:
    """Answer what nobody foresaw."""
    return problem(500, "internal_error", "The service made a mistake; it was logged")


def validation_problem(error: RequestValidationError) -> JSONResponse:
    """Answer what pydantic refuses; the values themselves are not repeated."""
    if isinstance(error.body, bytes):  # the framework leaves it as it came
        return edge_problem(UnsupportedMediaType())
    entries = error.errors()
    if entries[0]["type"] == "json_invalid":
        return invalid([NOT_JSON])
    return invalid([(field_name(entry["loc"]), reason(entry)) for entry in entries[:MAX_NAMED]])


def http_problem(error: HTTPException) -> JSONResponse:
    """Answer what the framework refuses: an unknown path, a method, a body that cannot be read."""
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return invalid([("body", error.detail)])
    if error.status_code == BodyTooLarge.status:
        return edge_problem(BodyTooLarge(int(error.detail)))
    if error.status_code == BodyTooSlow.status:
        return edge_problem(BodyTooSlow())
    phrase = HTTPStatus(error.status_code).phrase
    code = phrase.lower().replace(" ", "_")
    return problem(error.status_code, code, phrase, headers=error.headers)


def allowed(request: Request) -> dict[str, str]:
    """Name the methods that a path has; the framework knows those of one route of it only."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    hits = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    # /crm/bulk is itself before it is the contact with the id "bulk"
    path = min(hits, key=lambda route: len(route.param_convertors)).path
    methods = [route.methods or () for route in routes if route.path == path]
    return {"Allow": ", ".join(sorted({method for some in methods for method in some}))}


async def on_domain(_: Request, error: errors.DomainError) -> JSONResponse:
    """Answer a refusal of the write side."""
    return domain_problem(error)


async def on_edge(_: Request, error: EdgeError) -> JSONResponse:
    """Answer a refusal of the edge."""
    return edge_problem(error)


async def on_field(_: Request, error: FieldError) -> JSONResponse:
    """Answer what only the endpoint could tell."""
    return invalid([(error.field, error.message)])


async def on_validation(_: Request, error: RequestValidationError) -> JSONResponse:
    """Answer what pydantic refuses."""
    return validation_problem(error)


async def on_http(request: Request, error: HTTPException) -> JSONResponse:
    """Answer what the framework refuses, with all methods of the path where it is the method."""
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        error.headers = allowed(request)
    return http_problem(error)


async def on_lost_database(request: Request, error: psycopg.OperationalError) -> JSONResponse:
    """Answer that reading failed, and make the next attempt find a living connection."""
    if isinstance(error, psycopg.errors.QueryCanceled | psycopg.errors.DiskFull):
        return domain_problem(errors.Busy())
    # the other connections may be dead as well: drop those, so that the next read succeeds
    await request.app.state.service.pool.check()
    return domain_problem(errors.DatabaseUnavailable())


HANDLERS: dict[type[Exception], Callable[[Request, Any], Awaitable[JSONResponse]]] = {
    errors.DomainError: on_domain,
    EdgeError: on_edge,
    FieldError: on_field,
    RequestValidationError: on_validation,
    HTTPException: on_http,
    psycopg.OperationalError: on_lost_database,
}


def install(app: FastAPI) -> None:
    """Make every error of the application a problem."""
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)
