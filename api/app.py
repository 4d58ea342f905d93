"""The application: routes, errors, and a service that lives as long as it does."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp

from api import docs_page, health, interpreter, lifeline, openapi, problem_details
from api.audit import reads as audit_reads
from api.bookings import writes as booking_writes
from api.bootstrap import service
from api.bulk import writes as bulk_writes
from api.contacts import reads as contact_reads
from api.contacts import writes as contact_writes
from api.erasure import writes as erasure_writes
from api.exports import reads as export_reads
from api.farewell import told_of_end
from api.feed import reads as feed_reads
from api.history import reads as history_reads
from api.history import writes as history_writes
from api.imports import reads as import_reads
from api.imports import writes as import_writes
from api.intake import writes as intake_writes
from api.keys import reads as key_reads
from api.logs import configure
from api.metrics import reads as metrics_reads
from api.metrics.figures import Figures
from api.metrics.monitor import monitoring
from api.middleware import Around
from api.optin import pages as optin_pages
from api.optin import writes as optin_writes
from api.settings import Settings
from api.submissions import writes as submission_writes

# What is called most comes first, since a request is compared with one route after another; and
# whatever has a name of its own before /crm/{contactId}, which takes any.
ROUTERS = (
    contact_writes.router,
    contact_reads.router,
    export_reads.router,
    contact_reads.one_router,
    bulk_writes.router,
    booking_writes.router,
    submission_writes.router,
    optin_writes.router,
    erasure_writes.router,
    optin_pages.router,
    import_writes.router,
    import_reads.router,
    history_reads.router,
    history_writes.router,
    feed_reads.router,
    intake_writes.router,
    audit_reads.router,
    key_reads.router,
    health.router,
    metrics_reads.router,
    docs_page.router,
)

NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""Spans would carry paths and search terms, and to ask whether anybody wants them costs a request
as much as its log line."""


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
        figures = app.state.figures
        async with (
            service(settings, url, figures, on_death=end_process) as running,
            monitoring(running) as monitor,
        ):
            app.state.service = running
            app.state.monitor = monitor
            interpreter.tune()
            with told_of_end(running.feed.close):
                yield

    app = Edge(
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        telemetry=NO_TELEMETRY,
    )
    app.state.figures = Figures()
    problem_details.install(app)
    openapi.install(app)
    for router in ROUTERS:
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
        around = ExceptionMiddleware(routes, self.exception_handlers)
        return Around(around, self.state.figures)


def end_process() -> None:
    """Ask the server to finish what it has and end."""
    os.kill(os.getpid(), signal.SIGTERM)
