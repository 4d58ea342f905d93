"""How the service logs: one line an event, for machines or for people, never personal data."""

import asyncio
import atexit
import logging
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO, cast

import structlog
from pydantic_core import to_json
from structlog.typing import EventDict

from api.settings import LogFormat

PLAIN = re.compile(r"[!#-<>-~]+")
"""What is one value without quotes: ASCII but space, quote and equals sign."""

GATHER_SECONDS = 0.1
"""How long a line may wait for others."""


def configure(style: LogFormat) -> None:
    """Send our own lines and those of libraries to standard error, in one format."""
    render = as_json if style == "json" else as_logfmt
    structlog.configure(
        # one step and not through logging: each request has a line, which must not cost it much
        processors=[stamped(render)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", Lines(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                stamped(render),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


class Lines:
    """Gathers the lines of a moment and writes them together: a system call for each costs more.

    Only what is logged from the event loop waits; errors of other threads are written at once.
    """

    def __init__(self, target: TextIO) -> None:
        """Write to `target`."""
        self._target = target
        self._gathered: list[str] = []
        atexit.register(self._write_out)

    def write(self, text: str) -> None:
        """Keep the line until GATHER_SECONDS have passed since the first one."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._target.write(text)
            self._target.flush()
            return
        if not self._gathered:
            loop.call_later(GATHER_SECONDS, self._write_out)
        self._gathered.append(text)

    def flush(self) -> None:
        """Nothing: lines leave by the clock."""

    def _write_out(self) -> None:
        self._target.write("".join(self._gathered))
        self._target.flush()
        self._gathered.clear()


def stamped(render: Callable[[EventDict], str]) -> Callable[[Any, str, EventDict], str]:
    """Make the step that puts time and level first and renders the line."""

    def line(_: Any, level: str, event: EventDict) -> str:  # noqa: ANN401  # structlog's signature
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        return render({"timestamp": now, "level": level, "event": event.pop("event", ""), **event})

    return line


def as_json(event: EventDict) -> str:
    """Render for machines; what is no JSON is shown as text."""
    return to_json(event, fallback=str).decode()


def as_logfmt(event: EventDict) -> str:
    """Render for people: key=value, quoted where needed."""
    return " ".join(f"{key}={readable(value)}" for key, value in event.items())


def readable(value: object) -> str:
    """Keep a value on one line and recognisable as one value."""
    text = str(value)
    return text if PLAIN.fullmatch(text) else to_json(text).decode()
