"""How much memory an API process needs after few and after many requests."""

from pathlib import Path

import psycopg

from tests.bench.curve import curve
from tests.bench.report import table
from tests.bench.rounds import Ratio, Section, Spread
from tests.bench.servers import Server, database, ours
from tests.bench.stage import Stage

FIRST = 1_000
LOOKS = 20
CLIENTS = 16
REACH = 1.05
PICTURE = "memory.svg"
WHO = """\
The resident memory of one API process, while {clients} clients send one create for every two looks
at a contact and two searches. The contacts that were created last stay folded in memory.
"""
RECENT = """
    SELECT contact_id::text, last_name FROM read.contact ORDER BY created_at DESC LIMIT 500
"""


def part(stage: Stage) -> Section:
    """Look at the process again and again."""
    step = max(100, (stage.size.requests - FIRST) // LOOKS)
    found: list[tuple[float, float]] = []
    with ours(stage.server_url, stage.folder) as server:
        url = database(stage.server_url, "ours")
        with psycopg.connect(url, autocommit=True) as connection:
            done = 0
            for more in [FIRST] + [step] * ((stage.size.requests - FIRST) // step):
                call(server, connection, more)
                done += more
                found.append((float(done), megabytes(server.process)))
                stage.tell(f"  {done:,} requests: {found[-1][1]:.1f} MB")
    return told(found)


def call(server: Server, connection: psycopg.Connection[tuple[str, str]], requests: int) -> None:
    """Send so many requests: a fifth creates, the others read what is there."""
    created = server.create(CLIENTS, requests // 5)
    recent = connection.execute(RECENT).fetchall()
    paths = [path for who, name in recent for path in (f"/crm/{who}", f"/crm?searchTerm={name}")]
    ready = [server.get(path) for path in paths if path.isascii()]
    left = requests - requests // 5
    read = server.answer_all(CLIENTS, [ready[number % len(ready)] for number in range(left)])
    if created.refused or read.refused:
        raise RuntimeError(f"{created.refused + read.refused} requests were refused")


def megabytes(process: int) -> float:
    """Return the resident memory of a process."""
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def told(found: list[tuple[float, float]]) -> Section:
    """Compare the last look with the first."""
    (few, start), (many, end) = found[0], found[-1]
    ratio = Ratio(
        f"Memory of an API process after {many:,.0f} requests",
        f"after {few:,.0f}",
        Spread.of([end / start]),
        REACH,
        cost=True,
    )
    rows = [
        (f"{done:,.0f}", f"{size:.1f}")
        for done, size in (found[0], found[len(found) // 2], found[-1])
    ]
    text = f"## Memory\n\n{WHO.format(clients=CLIENTS)}\n{table(('requests', 'MB'), rows)}\n"
    drawn = curve("MB of an API process", "requests", {"": found}, logarithmic=False)
    return Section([ratio], f"{text}![MB by number of requests]({PICTURE})\n", {PICTURE: drawn})
