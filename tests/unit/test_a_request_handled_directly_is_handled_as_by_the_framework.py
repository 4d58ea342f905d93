"""The short way to an endpoint: the same values, and the same refusals, as by the long way."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

import pytest
from fastapi import APIRouter, FastAPI, Path, Query, Request, Response
from fastapi.routing import APIRoute

from api.direct import Handler, direct

ID = "0190a5f0-1c2d-7e3f-8a4b-5c6d7e8f9a0b"


class Direct(APIRoute):
    """Takes the short way where there is one."""

    def get_route_handler(self) -> Handler:
        return direct(self, super().get_route_handler())


def application(route_class: type[APIRoute]) -> FastAPI:
    """Return endpoints that tell what they were called with."""
    app, router = FastAPI(), APIRouter(route_class=route_class)

    @router.get("/one/{contactId}")
    async def one(
        contact_id: Annotated[UUID, Path(alias="contactId")],
        request: Request,
        name: Annotated[str | None, Query(alias="attendeeId", max_length=5)] = None,
        size: int = 3,
    ) -> Response:
        return Response(repr((contact_id, request.url.path, name, size)))

    @router.get("/needed")
    async def needed(request: Request, size: Annotated[int, Query(ge=1)]) -> Response:
        return Response(repr((request.url.query, size)))

    @router.get("/several")
    async def several(
        request: Request, tags: Annotated[list[str] | None, Query()] = None
    ) -> Response:
        return Response(repr((request.url.path, tags)))

    app.router.routes.extend(router.routes)
    return app


def answered(app: FastAPI, path: str, query: str) -> tuple[Any, bytes]:
    """Call an application without a network."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [],
        "root_path": "",
        "scheme": "http",
        "server": ("test", 80),
        "client": ("test", 1),
        "http_version": "1.1",
    }
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], sent[1]["body"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (f"/one/{ID}", ""),
        (f"/one/{ID.upper()}", "size=7"),
        (f"/one/{ID}", "attendeeId=att-1&other=1"),
        (f"/one/{ID}", "attendeeId="),
        (f"/one/{ID}", "size=1&size=2"),
        (f"/one/{ID}", "attendeeId=too%20long"),
        (f"/one/{ID}", "size=much&attendeeId=too%20long"),
        ("/one/nobody", ""),
        ("/one/nobody", "size=much"),
        ("/needed", ""),
        ("/needed", "size=0"),
        ("/needed", "size=2"),
        ("/several", "tags=a&tags=b"),
        ("/several", ""),
    ],
)
def test_both_ways_answer_the_same(path: str, query: str) -> None:
    short, long = application(Direct), application(APIRoute)
    assert answered(short, path, query) == answered(long, path, query)


def test_the_short_way_is_taken_where_parameters_are_plain() -> None:
    ways = {
        route.path: route.get_route_handler().__qualname__.partition(".")[0]
        for route in application(Direct).router.routes
        if isinstance(route, Direct)
    }
    assert ways["/one/{contactId}"] == ways["/needed"] == "with_parameters"
    assert ways["/several"] != "with_parameters"
