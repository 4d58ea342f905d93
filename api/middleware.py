"""Around every request: an id, a limit on the body, and a log line without personal data."""

import asyncio
import time

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils import uuid7

from api.metrics.figures import Figures
from api.problem_details import edge_problem, mistake
from api.problems import BodyTooLarge, BodyTooSlow
from domain.errors import anonymous

MAX_BODY_BYTES = 1_048_576
MAX_BULK_BYTES = 10 * MAX_BODY_BYTES
MAX_LIST_BYTES = 100 * MAX_BODY_BYTES

BODY_SECONDS = 30.0
"""How long a body may take, however small it is; what has come buys more time."""

SLOWEST_BYTES_A_SECOND = 16_384

GONE = 499
"""Is counted for a caller who went before there was an answer; no status of HTTP."""

log = structlog.get_logger("contacts.http")


def body_limit(path: str) -> int:
    """Return how many bytes a body may have."""
    if path == "/crm/imports":
        return MAX_LIST_BYTES
    return MAX_BULK_BYTES if path.startswith("/crm/bulk") else MAX_BODY_BYTES


def seconds_for(received: int) -> float:
    """Return by when, after its beginning, a body must have gone on that has come so far."""
    return BODY_SECONDS + received / SLOWEST_BYTES_A_SECOND


class Around:
    """Plain ASGI, since it runs for each request."""

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        """Wrap the application; every request is counted in `figures`."""
        self.app = app
        self.figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = str(uuid7())
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.perf_counter()
        status: int | None = None

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
                message["headers"].extend(scope["state"].get("headers", ()))
            await send(message)

        try:
            await self._limited(scope, receive, send_marked)
        except Exception as error:
            # not by the framework: it would log the message, which may quote personal data
            log.error("mistake", what=anonymous(error), request_id=request_id)  # noqa: TRY400
            if status is not None:
                raise
            await mistake()(scope, receive, send_marked)
        finally:
            self._tell(scope, status, time.perf_counter() - started, request_id)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a body that is too large, by what it announces and by what comes, or too slow."""
        limit = body_limit(scope["path"])
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > limit:
            await edge_problem(BodyTooLarge(limit))(scope, receive, send)
            return
        received, whole, began = 0, False, asyncio.get_running_loop().time()

        async def receive_limited() -> Message:
            nonlocal received, whole
            if whole:  # what may come now is that the caller goes
                return await receive()
            try:
                async with asyncio.timeout_at(began + seconds_for(received)):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(BodyTooSlow.status) from None
            whole = not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > limit:
                # of the exceptions, the framework passes on only its own
                raise HTTPException(BodyTooLarge.status, str(limit))
            return message

        await self.app(scope, receive_limited, send)

    def _tell(self, scope: Scope, status: int | None, seconds: float, request_id: str) -> None:
        """Count and log by the route's template, never the path: ids and search terms stay out."""
        route = getattr(scope.get("route"), "path", None)
        code = scope["state"].get("code")
        self.figures.answered(scope["method"], route, status or GONE, seconds, code)
        refusal = {} if code is None else {"code": code}
        log.info(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            request_id=request_id,
            **refusal,
        )
