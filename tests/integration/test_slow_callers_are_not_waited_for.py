"""Callers who keep a connection busy with next to nothing: it ends, and nobody else notices."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from api import connections, middleware, problem_details
from api.connections import Connection
from api.metrics.figures import Figures
from api.middleware import Around, seconds_for

PATIENCE = 0.3
HEAD = b"POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n"


async def echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


async def early(_: Request) -> Response:
    return PlainTextResponse("no need to read it")


def application() -> ASGIApp:
    app = FastAPI(
        routes=[Route("/echo", echo, methods=["POST"]), Route("/early", early, methods=["POST"])]
    )
    problem_details.install(app)
    return Around(app, Figures())


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """A server that waits for nobody longer than PATIENCE."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections, "HEAD_SECONDS", PATIENCE)
        patch.setattr(middleware, "BODY_SECONDS", PATIENCE)
        config = uvicorn.Config(
            application(), http=Connection, ws="none", lifespan="off", log_config=None
        )
        server = uvicorn.Server(config)
        with closing(socket.create_server(("127.0.0.1", 0))) as listener:
            thread = threading.Thread(target=asyncio.run, args=(server.serve([listener]),))
            thread.start()
            yield listener.getsockname()
            server.should_exit = True
            thread.join()


def answer(address: tuple[str, int], *pieces: bytes, every: float = PATIENCE / 3) -> bytes:
    """Send the pieces, one after the other, until the server closes; return what it said."""
    with socket.create_connection(address, timeout=10) as line:
        line.settimeout(every)
        said, left = b"", list(pieces)
        for _ in range(100):
            if left:
                with suppress(OSError):
                    line.sendall(left.pop(0))
            try:
                heard = line.recv(65_536)
            except TimeoutError:
                continue
            except ConnectionError:
                return said
            if not heard:
                return said
            said += heard
    pytest.fail(f"the connection was never closed; it said {said!r}")


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [HEAD[at : at + 1] for at in range(len(HEAD))],
        [b"GET /echo HTTP/1.1\r\n", *[b"X-A: b\r\n"] * 90],
        [b"\r\n"] * 90,
    ],
    ids=["silent", "a byte now and then", "headers without end", "empty lines"],
)
def test_a_head_that_does_not_come_closes_the_connection(
    address: tuple[str, int], pieces: list[bytes]
) -> None:
    assert answer(address, *pieces) == b""


def test_the_second_request_of_a_connection_gets_no_more_time(address: tuple[str, int]) -> None:
    first = HEAD + b"0123456789"
    said = answer(address, first, *[HEAD[at : at + 1] for at in range(len(HEAD))])
    assert said.startswith(b"HTTP/1.1 200 OK")
    assert said.count(b"HTTP/1.1") == 1


def test_a_body_that_does_not_come_is_answered_408(address: tuple[str, int]) -> None:
    said = answer(address, HEAD, *[b"x"] * 9)
    assert said.startswith(b"HTTP/1.1 408 Request Timeout")
    assert b'"code":"request_timeout"' in said
    assert b"application/problem+json" in said
    assert b"connection: close" in said


def test_a_body_that_nobody_waits_for_is_not_taken_for_ever(address: tuple[str, int]) -> None:
    head = HEAD.replace(b"/echo", b"/early").replace(b"10", b"100")
    assert answer(address, head, *[b"x"] * 99).startswith(b"HTTP/1.1 200 OK")


def test_a_head_of_any_size_is_not_taken_in(address: tuple[str, int]) -> None:
    endless = b"GET /echo HTTP/1.1\r\n" + b"X-A: b\r\n" * 40_000
    assert answer(address, endless, b"X-A: b\r\n").startswith(b"HTTP/1.1 400 Bad Request")


def test_who_sends_whole_requests_may_go_on(address: tuple[str, int]) -> None:
    end = time.monotonic() + 3 * PATIENCE
    with closing(HTTPConnection(*address, timeout=10)) as line:
        line.connect()
        first = line.sock
        while time.monotonic() < end:
            line.request("POST", "/echo", b"0123456789")
            assert line.getresponse().read() == b"0123456789"
        assert line.sock is first


def test_what_has_come_buys_more_time() -> None:
    assert seconds_for(middleware.MAX_LIST_BYTES) > 3_600 > seconds_for(0)
    assert seconds_for(middleware.MAX_BODY_BYTES) < 120
