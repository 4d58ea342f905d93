"""Hides a proxy before PostgreSQL that reads along and cuts the line where it is told."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from api.database import writing

PORT = 5432
EXECUTE, SYNC = b"E\0\0\0\x09\0\0\0\0\0", b"S\0\0\0\x04"
ASKS_FOR_ANSWERS = (b"Q", b"S", b"H")  # query, sync, flush: then the client waits
TO_SERVER, TO_CLIENT = "to the server", "to the client"


@dataclass
class Messages:
    """Puts a stream of bytes together to protocol messages; a client's first one has no kind."""

    greeting: bool
    rest: bytes = b""

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield each complete message as (kind, all its bytes)."""
        self.rest += data
        while True:
            start = 0 if self.greeting else 1
            if len(self.rest) < start + 4:
                return
            length = start + int(struct.unpack_from("!I", self.rest, start)[0])
            if len(self.rest) < length:
                return
            message, self.rest = self.rest[:length], self.rest[length:]
            kind = b"" if self.greeting else message[:1]
            self.greeting = False
            yield kind, message


@dataclass
class Line:
    """One client's connection, and what passed on it."""

    client: socket.socket
    server: socket.socket
    statements: dict[bytes, bytes] = field(default_factory=dict)
    asked: bytes = b""

    def cut(self) -> None:
        for end in (self.client, self.server):
            close(end)

    def is_commit(self, kind: bytes, message: bytes) -> bool:
        """Tell whether the client asks for COMMIT, by name or as a prepared statement."""
        if kind == b"P":
            name, query = message[5:].split(b"\0")[:2]
            self.statements[name] = query
            return False
        if kind == b"B":
            name = message[5:].split(b"\0")[1]
            return self.statements.get(name) == b"COMMIT"
        return kind == b"Q" and message[5:].startswith(b"COMMIT")


class Proxy:
    """Forwards every connection until a fault is set; each fault happens once."""

    def __init__(self, upstream: str, folder: Path) -> None:
        self.upstream = upstream
        self.folder = folder
        self.trips = 0
        self.before_commit: Callable[[Line, bytes], None] | None = None
        self.after_commit: Callable[[Line, bytes], None] | None = None
        self.budgets: list[tuple[str, int]] = []
        self.reachable = True
        self.lines: list[Line] = []
        self.faults = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / f".s.PGSQL.{PORT}"))
        self._listener.listen(50)
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return make_conninfo(self.upstream, host=str(self.folder), port=PORT)

    def connect(self) -> psycopg.Connection[Any]:
        return writing(self.url)()

    # -- faults ----------------------------------------------------------------------------------

    def cut_before_commit(self) -> None:
        """The next COMMIT never reaches the server."""
        self.before_commit = lambda line, _: line.cut()

    def cut_after_commit(self) -> None:
        """The answer to the next COMMIT never reaches the client."""
        self.after_commit = lambda line, _: line.cut()

    def delay_commit(self, go_on: threading.Event) -> None:
        """The client loses its connection; its COMMIT reaches the server only at `go_on`."""

        def later(line: Line, message: bytes) -> None:
            close(line.client)
            go_on.wait(10)
            line.server.sendall(message + EXECUTE + SYNC)

        self.before_commit = later

    def cut_after_bytes(self, *budgets: tuple[str, int]) -> None:
        """After so many bytes in one direction the line is cut, one budget after the other."""
        self.budgets = list(budgets)

    def cut_all(self) -> None:
        for line in self.lines:
            line.cut()

    def close(self) -> None:
        close(self._listener)
        self.cut_all()
        for thread in self._threads:
            thread.join(10)

    # -- the lines -------------------------------------------------------------------------------

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    if not self.reachable:
                        raise ConnectionRefusedError
                    line = Line(client, dial(self.upstream))
                except OSError:
                    close(client)
                    continue
                self.lines.append(line)
                for pump in (self._to_server, self._to_client):
                    thread = threading.Thread(target=self._pump, args=(pump, line))
                    self._threads.append(thread)
                    thread.start()

    def _pump(self, pump: Callable[[Line], None], line: Line) -> None:
        with contextlib.suppress(OSError):
            pump(line)
        line.cut()

    def _to_server(self, line: Line) -> None:
        messages = Messages(greeting=True)
        while data := line.client.recv(65_536):
            for kind, message in messages.feed(data):
                # a flush that follows a sync is asked in the same breath
                self.trips += kind in ASKS_FOR_ANSWERS and line.asked not in ASKS_FOR_ANSWERS
                line.asked = kind
                if line.is_commit(kind, message) and (fault := self._take("before_commit")):
                    fault(line, message)
                    return
                self._forward(TO_SERVER, line.server, message)

    def _to_client(self, line: Line) -> None:
        messages = Messages(greeting=False)
        while data := line.server.recv(65_536):
            for kind, message in messages.feed(data):
                committed = kind == b"C" and message[5:] == b"COMMIT\0"
                if committed and (fault := self._take("after_commit")):
                    fault(line, message)
                    return
                self._forward(TO_CLIENT, line.client, message)

    def _take(self, name: str) -> Callable[[Line, bytes], None] | None:
        fault: Callable[[Line, bytes], None] | None = getattr(self, name)
        setattr(self, name, None)
        self.faults += fault is not None
        return fault

    def _forward(self, direction: str, end: socket.socket, message: bytes) -> None:
        if not self.budgets or self.budgets[0][0] != direction:
            end.sendall(message)
            return
        left = self.budgets[0][1] - len(message)
        if left > 0:
            self.budgets[0] = (direction, left)
            end.sendall(message)
            return
        _, allowed = self.budgets.pop(0)
        self.faults += 1
        end.sendall(message[:allowed])
        raise OSError("cut")


def dial(upstream: str) -> socket.socket:
    """Connect to the server that a connection string names."""
    wanted = conninfo_to_dict(upstream)
    host, port = str(wanted.get("host", "localhost")), int(str(wanted.get("port", PORT)))
    if host.startswith("/"):
        end = socket.socket(socket.AF_UNIX)
        end.connect(f"{host}/.s.PGSQL.{port}")
        return end
    return socket.create_connection((host, port))


def close(end: socket.socket) -> None:
    """Close a socket, also for a thread that reads from it."""
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def between(upstream: str) -> Iterator[Proxy]:
    """A proxy to the server of a connection string; its socket path must be short."""
    with TemporaryDirectory(prefix="proxy-") as folder:
        proxy = Proxy(upstream, Path(folder))
        try:
            yield proxy
        finally:
            proxy.close()
