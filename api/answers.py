"""The answers that an operation declares: headers of success, and refusals as they really look."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi.responses import JSONResponse
from pydantic import ConfigDict, Field

from api import problem_details, problems
from api.examples import REF, SOME_ID
from api.fields import Read
from domain import errors

Answers = dict[int | str, dict[str, Any]]
Refusal = errors.DomainError | problems.EdgeError | problems.FieldError

NO_CONTACT, ERASED = errors.ContactNotFound(), errors.ContactErased()

NOT_THERE = (NO_CONTACT, errors.ContactDeleted(), ERASED)
"""Why a contact is not shown."""

NOT_YET = problems.ContactNotCreatedYet()
"""Why a contact is not shown as of a time."""

ADDRESS_TAKEN = errors.EmailTaken(UUID(SOME_ID))

NO_DATABASE = errors.DatabaseUnavailable()

BUSY = errors.Busy()

NOT_WRITTEN = (BUSY, errors.OutcomeUnknown())
"""Why a write may have to wait, or may have happened."""

MEANINGS = {
    400: "Something in the request is wrong; `errors` names the fields.",
    401: "The key is missing, unknown or expired.",
    403: "The key may not do this.",
    404: "There is no such contact or appointment, or it was deleted.",
    408: "The body came too slowly, or not at all; nothing was done.",
    409: "What happened before rules it out; `code` says what did.",
    410: "The contact was erased for good.",
    413: "The body is too large.",
    412: "The contact has another version than `If-Match` names.",
    415: "The body was not sent in the form that the call takes.",
    422: "The `Idempotency-Key` came with another request before.",
    429: "The key has called too often, if the service limits that.",
    503: "The service cannot do it now; the same request may succeed later.",
}

HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {
        "description": "The contact's version, which every change raises.",
        "example": '"1"',
    },
    "Location": {"description": "The contact's path.", "example": f"/crm/{SOME_ID}"},
    "Idempotency-Replayed": {
        "description": "The same call was answered so before; nothing was done again.",
        "example": "true",
        "required": False,
    },
    "Link": {
        "description": "The next page and the one before, if there are any (RFC 8288).",
        "example": '</crm?searchTerm=anna&page=2>; rel="next"',
        "required": False,
    },
    "Retry-After": {"description": "Seconds to wait before the next attempt.", "example": "1"},
    "WWW-Authenticate": {"description": "How to authenticate.", "example": "Bearer"},
    "X-Request-Id": {
        "description": "The request's id, by which the log and the history name it.",
        "example": SOME_ID,
    },
}


class FieldProblem(Read):
    """What is wrong with one field."""

    field: str
    """The field as the caller knows it: `email`, `address.city`, `attendees.0.email`, `limit`."""
    message: str
    """What is wrong with it."""


class LaterChange(Read):
    """A change after the one that was to be undone."""

    version: int
    """The later event, by its place in the history of the contact."""
    fields: list[str]
    """The fields that both changed."""


class MissedItem(Read):
    """Something that happened to a contact after the version that the caller knows."""

    version: int
    """The event, by its place in the history of the contact."""
    kind: str
    """What kind of event it is, as `contact.updated`."""
    fields: list[str]
    """The fields that it is about."""


class Problem(Read):
    """Why a request was refused: RFC 9457, with the names of meetergo's API beside it.

    Act on `code`, which never changes; show `message`.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    type: str
    """`urn:contacts:problem:` and the code."""
    title: str
    """The status in words."""
    status: int
    """The HTTP status."""
    detail: str
    """The same as `message`."""
    code: str
    """What happened, for programs."""
    status_code: int
    """The same as `status`."""
    message: str
    """What happened, for people."""
    error: str
    """The same as `title`."""
    errors: list[FieldProblem] = Field(default_factory=list)
    """What is wrong with which field; at most 20."""
    existing_contact_id: UUID | None = None
    """The contact that has the e-mail address, when the code is `email_taken`."""
    later_changes: list[LaterChange] = Field(default_factory=list)
    """What stands in the way of undoing a change, when the code is `changed_since`."""
    current_version: int | None = None
    """The version that the contact has, when the code is `version_conflict`."""
    missed_changes: list[MissedItem] = Field(default_factory=list)
    """The last 100 changes since the version of `If-Match`, when the code is `version_conflict`."""


def sent(status: int, *headers: str, **more: Any) -> Answers:  # noqa: ANN401  # FastAPI's own words
    """Declare the headers of a success, and whatever else FastAPI does not know of it."""
    return {status: {"headers": named(headers), **more}}


def refused(*refusals: Refusal) -> Answers:
    """Declare refusals, each with the problem that a caller would get."""
    answers: Answers = {}
    for refusal in refusals:
        response = rendered(refusal)
        answer = answers.setdefault(response.status_code, blank(response))
        problem = json.loads(bytes(response.body))
        summary = problem.get("errors", [problem])[0]["message"]
        answer["content"][problem_details.MEDIA_TYPE]["examples"].setdefault(
            problem["code"], {"summary": summary, "value": problem}
        )
    return answers


def blank(response: JSONResponse) -> dict[str, Any]:
    """Describe a refusal without its examples."""
    own = [name for name in HEADERS if name.lower() in response.headers]
    return {
        "description": MEANINGS.get(response.status_code, HTTPStatus(response.status_code).phrase),
        "headers": named(own),
        "content": {
            problem_details.MEDIA_TYPE: {
                "schema": {"$ref": f"{REF}Problem"},
                "examples": {},
            }
        },
    }


def named(headers: Iterable[str]) -> dict[str, Any]:
    """Refer to headers that are described once."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in headers}


def rendered(refusal: Refusal) -> JSONResponse:
    """Render a refusal as the application does."""
    if isinstance(refusal, errors.DomainError):
        return problem_details.domain_problem(refusal)
    if isinstance(refusal, problems.EdgeError):
        return problem_details.edge_problem(refusal)
    return problem_details.invalid([(refusal.field, refusal.message)])
