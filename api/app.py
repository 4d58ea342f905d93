"""The application: routes, errors, and a service that lives as long as it does."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp

from api import docs_page, health, interpreter, lifeline, openapi, problems
from api.bookings import writes as booking_writes
from api.bootstrap import service
from api.bulk import writes as bulk_writes
from api.contacts import reads as contact_reads
from api.contacts import writes as contact_writes
from api.keys import reads as key_reads
from api.logs import configure
from api.middleware import Around
from api.settings import Settings


def create() -> FastAPI:
    """Build the application from the environment; DATABASE_URL must be set."""
    settings = Settings()
    configure(settings.log_format)
    return built(settings)


def built(settings: Settings) -> FastAPI:
    """Put the application together; it touches nothing until it is started."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        lifeline.hold()
        url = settings.database_url or ""
        async with service(settings, url, on_death=end_process) as running:
            app.state.service = running
            interpreter.tune()
            yield

    app = Edge(lifespan=lifespan, redirect_slashes=False, docs_url=None, redoc_url=None)
    problems.install(app)
    openapi.install(app)
    for router in (
        contact_writes.router,
        bulk_writes.router,
        booking_writes.router,
        contact_reads.router,
        key_reads.router,
        health.router,
        docs_page.router,
    ):
        # not included: a router within a router is one more search for every request
        app.router.routes.extend(router.routes)
    return app


class Edge(FastAPI):
    """FastAPI with our middleware around its routes instead of its own.

    Its own limit on bodies, error page and telemetry would do again what `Around` does.
    """

    def build_middleware_stack(self) -> ASGIApp:
        """Put together what every request passes."""
        routes = AsyncExitStackMiddleware(self.router)
        return Around(ExceptionMiddleware(routes, self.exception_handlers))


def end_process() -> None:
    """Ask the server to finish what it has and end."""
    os.kill(os.getpid(), signal.SIGTERM)
