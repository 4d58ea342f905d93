"""Calls endpoints without solving dependencies, where there are none.

It saves a third of the edge's time. Whatever is not that plain, or wrong, goes the way of the
framework, whose errors are the ones that callers see.
"""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from inspect import iscoroutinefunction
from types import NoneType
from typing import Annotated, Any, cast, get_args, get_origin, get_type_hints
from uuid import UUID

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

JSON = "application/json"
ONE_VALUE = (str, int, UUID, NoneType)


def direct(route: APIRoute, solve: Handler) -> Handler:
    """Return what handles a request to this route; `solve` is how the framework does it."""
    needs = route.dependant
    more = needs.dependencies or needs.header_params or needs.cookie_params
    if more or needs.request_param_name is None or not answers_itself(route):
        return solve
    if not needs.body_params and all(map(of_one_value, needs.path_params + needs.query_params)):
        return with_parameters(route, solve)
    if len(needs.body_params) == 1 and not needs.path_params:
        return with_body(route, solve)
    return solve


def answers_itself(route: APIRoute) -> bool:
    """Tell whether the endpoint makes its response, which then needs nothing of the framework."""
    kind = get_type_hints(route.endpoint).get("return")
    return iscoroutinefunction(route.endpoint) and kind is Response


def of_one_value(field: Any) -> bool:  # noqa: ANN401  # the framework's own
    """Tell whether a parameter is one plain value, or none."""
    annotation = field.field_info.annotation
    kinds = (
        get_args(kind)[0] if get_origin(kind) is Annotated else kind
        for kind in get_args(annotation) or (annotation,)
    )
    return all(kind in ONE_VALUE for kind in kinds)


def with_parameters(route: APIRoute, solve: Handler) -> Handler:
    """Hand plain values of path and query to the endpoint."""
    needs = route.dependant

    async def call(request: Request) -> Response:
        asked = request.query_params if request.scope["query_string"] else {}
        values = {str(needs.request_param_name): request}
        given = ((needs.path_params, request.path_params), (needs.query_params, asked))
        if not all(read(fields, texts, values) for fields, texts in given):
            return await solve(request)
        answer: Response = await route.endpoint(**values)
        return answer

    return call


def read(fields: Iterable[Any], texts: Mapping[str, str], values: dict[str, Any]) -> bool:
    """Read parameters into `values`; False when one is missing or wrong."""
    for field in fields:
        text = texts.get(field.alias)
        if text is not None:
            values[field.name], wrong = field.validate(text)
            if wrong:
                return False
        elif field.field_info.is_required():
            return False
        else:
            values[field.name] = field.get_default()
    return True


def with_body(route: APIRoute, solve: Handler) -> Handler:
    """Hand a JSON body to its endpoint."""
    body_param, own = route.dependant.body_params[0], str(route.dependant.request_param_name)
    validate = TypeAdapter(cast("type[Any]", body_param.field_info.annotation)).validate_python

    async def call(request: Request) -> Response:
        if request.scope["query_string"] or request.headers.get("content-type") != JSON:
            return await solve(request)
        try:
            body = validate(await request.json())
        except (ValueError, RecursionError, HTTPException):
            return await solve(request)
        answer: Response = await route.endpoint(**{body_param.name: body, own: request})
        return answer

    return call
