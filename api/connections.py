"""Hides that callers may be slow on purpose: a connection that says nothing whole is closed."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0
"""How long the head of a request may take, from the first byte on or from the connection."""

MAX_HEAD_BYTES = 131_072
"""The parser itself would take any number of headers, of any length."""


class Connection(HttpToolsProtocol):
    """A connection of uvicorn that waits for a request no longer than HEAD_SECONDS.

    How long a body may take is up to the application; what is left of a body that was answered
    before it was there counts as the beginning of the next head.
    """

    _in_head = True
    _head_bytes = 0
    _end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Expect a request."""
        super().connection_made(transport)
        self._hurry()

    def data_received(self, data: bytes) -> None:
        """Close the connection unless its head comes to an end."""
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        if self._head_bytes > MAX_HEAD_BYTES:
            self.send_400_response("The head of the request is too large.")
        elif self._head_bytes:
            self._hurry()

    def on_headers_complete(self) -> None:
        """Give the application its time."""
        self._in_head, self._head_bytes = False, 0
        self._take_time()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Whatever comes next belongs to another request."""
        self._in_head = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait no longer for a body that nobody reads any more."""
        super().on_response_complete()
        if not self._in_head:
            self._hurry()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the end."""
        self._take_time()
        super().connection_lost(exc)

    def _hurry(self) -> None:
        """Set the end, unless it is set."""
        if self._end is None:
            self._end = self.loop.call_later(HEAD_SECONDS, self.timeout_keep_alive_handler)

    def _take_time(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None
