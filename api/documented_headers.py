"""The headers that every call of a kind takes, as the OpenAPI document describes them."""

from collections.abc import Iterator
from typing import Any

from fastapi.routing import APIRoute

from api import preconditions
from api.dependencies import USER_HEADER, USER_ID, Guarded
from api.retries import attempts

Json = dict[str, Any]

ABOUT_USER = "The user on whose behalf the key calls; recorded with every change."
ABOUT_KEY = (
    "Makes it safe to repeat the call: for 24 hours, the same call with the same key is answered "
    "as the first time and does nothing; another call with the key is refused (422)."
)
ABOUT_VERSIONS = (
    "Does it only if the contact has this version, or one of these: the `ETag` with which it was "
    "read. Otherwise the answer is 412 and tells what was missed. With `*` any version will do."
)


def parameter(name: str, about: str, **schema: Any) -> Json:  # noqa: ANN401  # any JSON
    """Describe a header that may be left out; generators of clients look into the schema."""
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": about,
        "schema": {"type": "string", **schema, "description": about},
    }


PARAMETERS = {
    "ActingUser": parameter(
        USER_HEADER,
        ABOUT_USER,
        pattern=f"^({USER_ID.pattern})?$",  # an empty one counts as none
        examples=["user-17"],
    ),
    "IdempotencyKey": parameter(
        attempts.HEADER,
        ABOUT_KEY,
        pattern=f"^({attempts.KEY.pattern})?$",
        examples=['"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
    ),
    "IfMatch": parameter(
        preconditions.HEADER,
        ABOUT_VERSIONS,
        pattern=preconditions.SENT,
        examples=['"7"'],
    ),
}


def own_headers(route: APIRoute) -> Iterator[str]:
    """Yield the headers that every route of this kind takes, by their names in the document."""
    if isinstance(route, Guarded):
        yield "ActingUser"
        if route.writes():
            yield "IdempotencyKey"
        if route.takes_versions():
            yield "IfMatch"
