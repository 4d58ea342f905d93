"""The load: a process of its own that sends requests over kept-alive connections, and times each.

Everything is serialised before the clock starts and answers are only looked at as far as needed, so
that the two cores are left to what is measured.
"""

import gc
import json
import selectors
import signal
import socket
import sys
import time
from dataclasses import asdict, dataclass, field
from random import Random

FIRST = (
    "Anna Ben Carla Denis Élodie Farid Greta Hans Ines Jürgen Kofi Lena Mia Noah Olga Paul Sören"
)
LAST = "Müller Schmidt Weber Kaya Nowak Rossi García Silva Nguyen Okafor Larsson Dubois Novák Ito"
SYLLABLES = "ba ren kow ski mann stein berg dorf lin der ham ver go sa ti mo ra nel hof wald er"


@dataclass(frozen=True)
class Job:
    """What one slice sends: contacts to create, each with one of the header blocks, in turn.

    Where there are `ready` requests, as their bytes read, these again and again instead.
    """

    host: str
    port: int
    clients: int
    seconds: float
    most: int
    seed: str
    headers: list[str] = field(default_factory=list)
    ready: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Load:
    """What came of it: granted requests, elapsed time, milliseconds a request, own CPU seconds."""

    done: int
    refused: int
    seconds: float
    p50: float
    p95: float
    cpu: float

    @classmethod
    def of(cls, times: list[float], seconds: float, cpu: float, refused: int = 0) -> "Load":
        """Sum up the seconds that each request took."""
        times = sorted(times)
        p50, p95 = (times[int(len(times) * part)] * 1000 if times else 0.0 for part in (0.5, 0.95))
        return cls(len(times), refused, seconds, p50, p95, cpu)


@dataclass(slots=True)
class Connection:
    """One client: it sends its next request when it has the answer to the last."""

    socket: socket.socket
    sent: float = 0.0
    received: bytes = b""


def contact(random: Random, number: int, seed: str) -> bytes:
    """Make up a contact that no other request has."""
    last = random.choice(LAST.split())
    if random.random() < 0.7:
        last = "".join(random.choices(SYLLABLES.split(), k=3)).capitalize()
    fields = {
        "firstName": random.choice(FIRST.split()),
        "lastName": last,
        "email": f"{last.encode('ascii', 'ignore').decode().lower()}.{seed}{number}@example.com",
        "tags": random.choice((["Lead"], ["Lead", "Enterprise"], ["Customer"])),
        "additionalData": {"revenueBand": random.choice(("$0-1M", "$1-5M", "$5-20M"))},
    }
    if random.random() < 0.25:
        fields["phoneNumber"] = f"+49151{random.randrange(10_000_000, 99_999_999)}"
    return json.dumps(fields, ensure_ascii=False).encode()


def request(job: Job, headers: str, body: bytes) -> bytes:
    """Serialise a request."""
    head = (
        f"POST /crm HTTP/1.1\r\nHost: {job.host}:{job.port}\r\n{headers}"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def drive(job: Job) -> Load:
    """Keep all clients busy until the time is over or the requests are used up."""
    requests = repeated(job) if job.ready else creating(job)
    selector = selectors.DefaultSelector()
    connections = [Connection(connect(job)) for _ in range(job.clients)]
    for connection in connections:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
    gc.disable()
    cpu, started = time.process_time(), time.perf_counter()
    for connection in connections:
        send(connection, requests)
    times, refused = converse(selector, requests, len(connections), started + job.seconds)
    elapsed = time.perf_counter() - started
    cpu = time.process_time() - cpu
    return Load.of(times, elapsed, cpu, refused)


def creating(job: Job) -> list[bytes]:
    """Prepare requests of which each creates a contact."""
    random = Random(job.seed)
    return [
        request(job, job.headers[number % len(job.headers)], contact(random, number, job.seed))
        for number in range(job.most)
    ]


def repeated(job: Job) -> list[bytes]:
    """Prepare the given requests, the first one last: they are taken from the end."""
    ready = [request.encode() for request in job.ready]
    return [ready[number % len(ready)] for number in range(job.most)][::-1]


def connect(job: Job) -> socket.socket:
    """Open a connection that sends small packets at once."""
    made = socket.create_connection((job.host, job.port))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def send(connection: Connection, requests: list[bytes]) -> None:
    """Send the next request."""
    connection.received = b""
    connection.sent = time.perf_counter()
    connection.socket.sendall(requests.pop())


def converse(
    selector: selectors.BaseSelector, requests: list[bytes], open_answers: int, end: float
) -> tuple[list[float], int]:
    """Send and receive; what is under way at the end is waited for and counts."""
    times: list[float] = []
    refused = 0
    while open_answers:
        for key, _ in selector.select(10):
            connection: Connection = key.data
            connection.received += connection.socket.recv(65_536)
            if not complete(connection.received):
                continue
            now = time.perf_counter()
            if connection.received.startswith(b"HTTP/1.1 20"):
                times.append(now - connection.sent)
            else:
                refused += 1
            if now < end and requests:
                send(connection, requests)
            else:
                open_answers -= 1
    return times, refused


def complete(received: bytes) -> bool:
    """Tell whether an answer is there as a whole; a closed connection is an error."""
    if not received:
        raise ConnectionError("the contestant closed a connection")
    head, end, body = received.partition(b"\r\n\r\n")
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return bool(end) and len(body) >= int(length)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C reaches the whole group; who asked tells
    json.dump(asdict(drive(Job(**json.load(sys.stdin)))), sys.stdout)
