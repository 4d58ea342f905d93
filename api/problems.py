"""The only file that knows status codes: errors as RFC 9457 and meetergo's clients want them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from domain import errors

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = "1"

NOT_JSON = ("body", "The body is not valid JSON")

MAX_NAMED = 20
"""Mistakes of one request that are named; who makes more is told the first ones."""

MAX_NAME = 200
"""Characters of a field's name that are repeated."""

STATUS: dict[type[errors.DomainError], int] = {
    errors.Invalid: 400,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.IdempotencyKeyReused: 422,
    errors.Failed: 500,
    errors.Unavailable: 503,
}


EDGE_HEADERS: dict[int, dict[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    503: {"Retry-After": RETRY_AFTER_SECONDS},
}


class EdgeError(Exception):
    """The edge refuses a call before the write side hears of it; the docstring is the message."""

    status: ClassVar[int]
    code: ClassVar[str]

    @property
    def message(self) -> str:
        """The sentence that a caller reads."""
        return " ".join((type(self).__doc__ or "").split())

    @property
    def details(self) -> dict[str, Any]:
        """What the caller needs to act, beside the message."""
        return {}

    @property
    def headers(self) -> Mapping[str, str]:
        """What the answer carries."""
        return EDGE_HEADERS.get(self.status, {})


class MissingKey(EdgeError):
    """Missing authorization header"""  # noqa: D400, D415  # meetergo's words

    status, code = 401, "missing_key"


class InvalidKey(EdgeError):
    """Invalid API key"""  # noqa: D400, D415  # meetergo's words

    status, code = 401, "invalid_key"


class ExpiredKey(EdgeError):
    """API key has expired"""  # noqa: D400, D415  # meetergo's words

    status, code = 401, "expired_key"


class MissingScope(EdgeError):
    """The API key does not have the scope that this call needs."""

    status, code = 403, "missing_scope"


class IntakeNotFound(EdgeError):
    """Nobody is known who may send here."""

    status, code = 404, "intake_not_found"


class WrongSignature(EdgeError):
    """The signature is missing, wrong or too old."""

    status, code = 401, "wrong_signature"


class BodyTooLarge(EdgeError):
    """The body is too large."""

    status, code = 413, "body_too_large"

    def __init__(self, limit: int) -> None:
        """Name the limit, in bytes."""
        super().__init__()
        self.limit = limit

    @property
    def message(self) -> str:
        """The sentence that a caller reads."""
        return f"The body is larger than {self.limit} bytes."


class NoSigningKey(EdgeError):
    """Nothing can be signed: the service has no key (CONTACTS_SIGNING_KEY_FILE)."""

    status, code = 503, "no_signing_key"


class ErasureNotNoted(EdgeError):
    """Nothing was erased: it could not be noted outside the database (CONTACTS_ERASURES_FILE)."""

    status, code = 503, "erasure_not_noted"


class TooManyRequests(EdgeError):
    """The key has called too often; wait for as many seconds as Retry-After says."""

    status, code = 429, "rate_limited"

    def __init__(self, seconds: int) -> None:
        """Say when the next call may come."""
        super().__init__()
        self.seconds = seconds

    @property
    def headers(self) -> Mapping[str, str]:
        """What the answer carries."""
        return {"Retry-After": str(self.seconds)}


class UnsupportedMediaType(EdgeError):
    """The body was not sent in the form that the call takes."""

    status, code = 415, "unsupported_media_type"

    def __init__(self, kind: str = "application/json") -> None:
        """Name the form."""
        super().__init__()
        self.kind = kind

    @property
    def message(self) -> str:
        """The sentence that a caller reads."""
        return f"The body must be sent as {self.kind}."


class NotUndoable(EdgeError):
    """Only a change of fields or tags can be undone."""

    status, code = 409, "not_undoable"


class ChangedSince(EdgeError):
    """What that event changed was changed again later."""

    status, code = 409, "changed_since"

    def __init__(self, later: Sequence[tuple[int, Sequence[str]]]) -> None:
        """Name the later events, by version, and the fields that they share with it."""
        super().__init__()
        self.later = later

    @property
    def details(self) -> dict[str, Any]:
        """The later changes."""
        return {"laterChanges": [{"version": v, "fields": list(f)} for v, f in self.later]}


@dataclass(frozen=True, slots=True)
class MissedChange:
    """Something that happened to a contact after the version that a caller knows."""

    version: int
    kind: str
    fields: Sequence[str]


class VersionConflict(EdgeError):
    """The contact was changed since the version that If-Match names."""

    status, code = 412, "version_conflict"

    def __init__(self, current: int, missed: Sequence[MissedChange]) -> None:
        """Name the version that the contact has now, and what made it so."""
        super().__init__()
        self.current = current
        self.missed = missed

    @property
    def details(self) -> dict[str, Any]:
        """What the caller has not seen."""
        return {"currentVersion": self.current, "missedChanges": list(map(asdict, self.missed))}

    @property
    def headers(self) -> Mapping[str, str]:
        """The tag to try again with."""
        return {"ETag": f'"{self.current}"'}


class TooManyWaiting(EdgeError):
    """Too many calls are waiting for events."""

    status, code = 503, "too_many_waiting"


class ImportNotFound(EdgeError):
    """There is no such import."""

    status, code = 404, "import_not_found"


class ImportRunning(EdgeError):
    """The same file is being imported already."""

    status, code = 409, "import_running"


def not_shown(status: str | None) -> errors.DomainError:
    """Return why a contact is not shown, given what its row says; None when there is no row."""
    if status == "deleted":
        return errors.ContactDeleted()
    return errors.ContactErased() if status == "erased" else errors.ContactNotFound()


class FieldError(Exception):
    """A parameter or field is wrong in a way that only the endpoint can tell."""

    def __init__(self, field: str, message: str) -> None:
        """Name the field as the caller knows it."""
        super().__init__(message)
        self.field = field
        self.message = message


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


def field_name(location: Sequence[str | int]) -> str:
    """Name a field as the caller wrote it: `address.city`, `attendees.0.email`, `limit`."""
    name = ".".join(map(str, location[1:])) or str(location[0])
    # a name may be as damaged as a value: it can be long, and hold what UTF-8 cannot say
    return name[:MAX_NAME].encode(errors="backslashreplace").decode()


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


def reason(entry: Mapping[str, Any]) -> str:
    """Say what is wrong, without pydantic's word for our own rules."""
    return str(entry["msg"]).removeprefix("Value error, ")


def http_problem(error: HTTPException) -> JSONResponse:
    """Answer what the framework refuses: an unknown path, a method, a body that cannot be read."""
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return invalid([("body", error.detail)])
    if error.status_code == BodyTooLarge.status:
        return edge_problem(BodyTooLarge(int(error.detail)))
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


def install(app: FastAPI) -> None:
    """Make every error of the application a problem."""

    async def on_domain(_: Request, error: Exception) -> JSONResponse:
        return domain_problem(expect(error, errors.DomainError))

    async def on_edge(_: Request, error: Exception) -> JSONResponse:
        return edge_problem(expect(error, EdgeError))

    async def on_field(_: Request, error: Exception) -> JSONResponse:
        wrong = expect(error, FieldError)
        return invalid([(wrong.field, wrong.message)])

    async def on_validation(_: Request, error: Exception) -> JSONResponse:
        return validation_problem(expect(error, RequestValidationError))

    async def on_http(request: Request, error: Exception) -> JSONResponse:
        refused = expect(error, HTTPException)
        if refused.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            refused.headers = allowed(request)
        return http_problem(refused)

    async def on_lost_database(request: Request, error: Exception) -> JSONResponse:
        if isinstance(error, psycopg.errors.QueryCanceled | psycopg.errors.DiskFull):
            return domain_problem(errors.Busy())
        # the other connections may be dead as well: drop those, so that the next read succeeds
        await request.app.state.service.pool.check()
        return domain_problem(errors.DatabaseUnavailable())

    app.add_exception_handler(errors.DomainError, on_domain)
    app.add_exception_handler(EdgeError, on_edge)
    app.add_exception_handler(FieldError, on_field)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(psycopg.OperationalError, on_lost_database)


E = TypeVar("E", bound=Exception)


def expect(error: Exception, kind: type[E]) -> E:
    """Narrow the type of an error that the framework hands over."""
    if not isinstance(error, kind):
        raise error
    return error
