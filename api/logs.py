"""How the service logs: one line an event, for machines or for people, never personal data."""

import logging
import sys
from typing import Any, Literal

import structlog
from pydantic_core import to_json

Style = Literal["json", "logfmt"]


def configure(style: Style) -> None:
    """Send our own lines and those of libraries to standard error, in one format."""
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = renderer(style)
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # not through logging: that makes a line, of which each request has one, five times as dear
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=last)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


def renderer(style: Style) -> structlog.typing.Processor:
    """Return what makes a line of an event."""
    if style == "logfmt":
        return structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"])
    return structlog.processors.JSONRenderer(serializer=serialised)


def serialised(event: Any, **_: object) -> str:  # noqa: ANN401  # what structlog hands over
    """Return JSON; what is no JSON is shown as text."""
    return to_json(event, fallback=str).decode()
