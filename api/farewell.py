"""Tells of the end of the process at once, while the server still waits for open requests."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def told_of_end(callback: Callable[[], None]) -> Iterator[None]:
    """Call back in the event loop when the process is told to end; its handlers follow as ever.

    The server waits for open requests before it tells the application. A request that waits itself
    must hear of it earlier.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread hears signals
        return
    loop = asyncio.get_running_loop()
    handlers = {number: signal.getsignal(number) for number in SIGNALS}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(callback)
        handler = handlers[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number in SIGNALS:
        signal.signal(number, handle)
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
