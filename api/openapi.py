"""The OpenAPI document: what FastAPI derives from the routes, and what holds for all of them."""

from collections.abc import Iterator
from importlib.metadata import version
from inspect import cleandoc
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.answers import ERASED, HEADERS, NO_DATABASE, Problem, Refusal, named, refused
from api.bulk.schemas import BulkRow
from api.dependencies import FILES, USER_HEADER, Guarded
from api.direct import JSON
from api.documented_headers import PARAMETERS, own_headers
from api.examples import REF, example_of
from api.fields import Read, Sent
from api.keys.keyring import Scope
from api.middleware import body_limit
from api.problems import (
    BodyTooLarge,
    BodyTooSlow,
    ExpiredKey,
    FieldError,
    InvalidKey,
    MissedChange,
    MissingKey,
    MissingScope,
    TooManyRequests,
    UnsupportedMediaType,
    VersionConflict,
)
from domain import errors

Json = dict[str, Any]

ABOUT: Json = {
    "title": "Contact service",
    "version": version("contact-service"),
    "summary": "Contacts for people who schedule meetings.",
    "description": cleandoc(
        """
        meetergo's contacts API, self-hosted, with every change kept as an event.

        Every call but `/metrics` and those under `/health` needs a key:
        `Authorization: Bearer <key>`. A key belongs to one company and sees only its contacts; its
        scopes say what it may do, and `contacts:write` includes `contacts:read`.

        Every refusal is a `Problem` (`application/problem+json`) with a stable `code`. Every
        answer carries `X-Request-Id`. Times are RFC 3339 in UTC, ids of contacts are UUIDs,
        absent values are `null`. A body has at most 1 MB, under `/crm/bulk…` 10 MB, a URL 64 KB;
        a text must not contain the character U+0000 or half of a surrogate pair. Where the service
        limits how often a key may call, every answer says in `RateLimit` how many calls are left.
        """
    ),
    "license_info": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
    "servers": [{"url": "/", "description": "The host that serves this document."}],
}

TAGS = [
    {"name": "contacts", "description": "Create, find, change, delete and restore contacts."},
    {"name": "bulk", "description": "Many contacts in one call, with a verdict for each."},
    {"name": "lists", "description": "Files in and out."},
    {"name": "bookings", "description": "Meetings make contacts, are moved and missed."},
    {"name": "submissions", "description": "The forms that contacts filled in."},
    {"name": "history", "description": "What happened, and how things were; for auditors."},
    {"name": "feed", "description": "All events in order, for programs that keep up with them."},
    {"name": "optin", "description": "Ask a contact to agree, and take its consent back."},
    {"name": "intake", "description": "Webhooks of schedulers."},
    {"name": "audit", "description": "Proof that nothing was changed or removed."},
    {"name": "erasure", "description": "Destroy a person's data for good."},
    {"name": "keys", "description": "Who is calling."},
    {"name": "health", "description": "Whether the service works; needs no key."},
]

KEY: Json = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key that `contacts keys create` printed.",
}

OUTDATED = VersionConflict(8, [MissedChange(8, "contact.updated", ["employer"])])
DAMAGED_USER = FieldError(USER_HEADER, "must be 1 to 64 letters, digits, - or _")
NO_KEY = (MissingKey(), InvalidKey(), ExpiredKey())


def install(app: FastAPI) -> None:
    """Let the application describe itself with this document."""

    def document() -> Json:
        if app.openapi_schema is None:
            app.openapi_schema = described(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # the way that FastAPI documents


def described(app: FastAPI) -> Json:
    """Build the document once."""
    routes = [
        route for route in app.routes if isinstance(route, APIRoute) and route.include_in_schema
    ]
    for route in routes:
        route.operation_id = route.name
    document = get_openapi(**ABOUT, tags=TAGS, routes=routes)
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        del schemas[unused]
    schemas |= own_schemas()
    for model in (*models(Sent), *models(Read)):
        if model.__name__ in schemas:
            give_examples(schemas[model.__name__], model)
    document["components"] |= {
        "securitySchemes": {"ApiKey": KEY},
        "headers": {name: header(about) for name, about in HEADERS.items()},
        "parameters": PARAMETERS,
    }
    for schema in schemas.values():
        for part in schema.get("properties", {}).values():
            tidy(part)
    for route in routes:
        for method in route.methods or ():
            complete(document["paths"][route.path_format][method.lower()], route, schemas)
    return document


def own_schemas() -> Json:
    """Describe what FastAPI does not know of: refusals, and rows that are judged one by one."""
    _, found = models_json_schema(
        [(Problem, "serialization"), (BulkRow, "validation")], ref_template=REF + "{model}"
    )
    schemas: Json = found["$defs"]
    return schemas


def models(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield all models of a kind."""
    for model in base.__subclasses__():
        yield model
        yield from models(model)


def give_examples(schema: Json, model: type[BaseModel]) -> None:
    """Give a schema its model's examples as they are: FastAPI drops every null in them."""
    extra = model.model_config.get("json_schema_extra")
    if isinstance(extra, dict) and "examples" in extra:
        schema["examples"] = extra["examples"]


def header(about: Json) -> Json:
    """Describe a header; all of ours are texts."""
    return {"required": True, "schema": {"type": "string"}, **about}


def tidy(schema: Json) -> None:
    """Remove what says nothing, or the wrong thing.

    A title is the name once more. A default of null would make clients send it, and a null that is
    sent is not the same as nothing: it clears.
    """
    schema.pop("title", None)
    if schema.get("default", ...) is None:
        del schema["default"]


def complete(operation: Json, route: APIRoute, schemas: Json) -> None:
    """Say of an operation what its route knows and FastAPI does not."""
    summary, _, rest = cleandoc(route.endpoint.__doc__ or "").partition("\n\n")
    operation["summary"] = summary.rstrip(".")
    operation["description"] = "\n\n".join(filter(None, [rest or summary, permission(route)]))
    operation["security"] = security(route)
    for parameter in operation.get("parameters", ()):
        as_parameter(parameter)
    for name in own_headers(route):
        parameter = {"$ref": f"#/components/parameters/{name}"}
        operation.setdefault("parameters", []).append(parameter)
    add_refusals(operation, list(common_refusals(operation, route)))
    for status, answer in operation["responses"].items():
        replayed = ["Idempotency-Replayed"] if is_replayable(route, status) else []
        answer.setdefault("headers", {}).update(named(["X-Request-Id", *replayed]))
    for content in contents(operation):
        content.setdefault("example", example_of(content["schema"], schemas))


def permission(route: APIRoute) -> str:
    """Say who may call."""
    if not isinstance(route, Guarded):
        return "Needs no key."
    if route.needs is None:
        return "Needs any key."
    also = f" or `{Scope.WRITE}`" if route.needs is Scope.READ else ""
    return f"Needs a key with the scope `{route.needs}`{also}."


def security(route: APIRoute) -> list[Json]:
    """Say the same to programs."""
    if not isinstance(route, Guarded):
        return []
    return [{"ApiKey": [] if route.needs is None else [str(route.needs)]}]


def as_parameter(parameter: Json) -> None:
    """Say how a parameter is left out: by not sending it.

    There is no null in a URL. A default is told in words, since generated clients send what the
    schema calls default, and a list that is continued by `cursor` takes no `page`.
    """
    schema = parameter["schema"]
    tidy(schema)
    kinds = [kind for kind in schema.pop("anyOf", ()) if kind != {"type": "null"}]
    schema |= kinds[0] if kinds else {}
    if default := schema.pop("default", ""):
        parameter["description"] += f" Without it, `{default}`."
        schema["description"] = parameter["description"]


def common_refusals(operation: Json, route: APIRoute) -> Iterator[Refusal]:
    """Yield what every route of this kind may answer."""
    if isinstance(route, Guarded):
        yield from (DAMAGED_USER, *NO_KEY, NO_DATABASE)
        if route.needs is not None:
            yield MissingScope()
        yield TooManyRequests(1)
        if route.writes():
            yield errors.IdempotencyKeyReused()
            yield BodyTooSlow()  # the key stands for a body, even where none is needed
            if not route.path.startswith("/crm/bulk"):  # whose verdicts say it row by row
                yield ERASED
        if route.takes_versions():
            yield OUTDATED
    if "requestBody" in operation:
        yield BodyTooLarge(body_limit(route.path))
        yield BodyTooSlow()
        if isinstance(route, Guarded):
            yield UnsupportedMediaType(FILES if route.takes_files else JSON)


def is_replayable(route: APIRoute, status: str) -> bool:
    """Tell whether an answer may be one that was given before."""
    return isinstance(route, Guarded) and route.writes() and status.startswith("2")


def add_refusals(operation: Json, refusals: list[Refusal]) -> None:
    """Add refusals to those that the route declares, which come first."""
    answers = operation["responses"]
    answers.pop("422", None)  # FastAPI's own; ours is 400
    for status, answer in refused(*refusals).items():
        known = answers.setdefault(str(status), answer)
        for kind, content in answer["content"].items():
            examples = known["content"][kind]["examples"]
            known["content"][kind]["examples"] = content["examples"] | examples
    operation["responses"] = dict(sorted(answers.items()))


def contents(operation: Json) -> Iterator[Json]:
    """Yield every body that is sent, or answered as plain JSON."""
    for part in (operation.get("requestBody", {}), *operation["responses"].values()):
        for kind in (JSON, FILES):
            if kind in part.get("content", {}):
                yield part["content"][kind]
