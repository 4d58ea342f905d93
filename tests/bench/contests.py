"""What is measured, one function a kind of work: who competes, and how far it shall reach."""

from contextlib import ExitStack
from functools import partial

from tests.bench import report
from tests.bench.rounds import Contest, Section
from tests.bench.servers import Server, by_hand, empty, ours, stock
from tests.bench.stage import Stage

CREATE_WHO = """\
- **contacts serve**: the service as its users run it, with keys, one log line a request, history,
  chain, search columns and their indexes.
- **stock recorder**: the same application (edge, models, rules, fold, tables of the read model),
  saving through the PostgreSQL recorder of the eventsourcing library with its default settings, a
  thread and a transaction a request. The read row goes into the transaction of the events.
- **one INSERT**: what one would write by hand: FastAPI, an asynchronous psycopg pool, one prepared
  INSERT into a table with three indexes, an address unique in its company. No history, no keys, no
  search, no log lines.
"""


def creates(
    first: Server, stock: Server, by_hand: Server, *, clients: int, companies: int
) -> Contest:
    """Create contacts over HTTP, one process each."""
    contestants = {
        server.name: partial(server.load, clients, companies) for server in (first, stock, by_hand)
    }
    of = "one company" if companies == 1 else f"{companies} companies"
    enough = {16: 0.9, 64: 1.0}[clients]
    return Contest(
        title=f"Create over HTTP, {clients} clients, {of}",
        unit="contacts",
        contestants=contestants,
        reach={stock.name: 4.0, by_hand.name: enough},
    )


def part(stage: Stage) -> Section:
    """Create contacts with few and many clients, in one and in many companies."""
    with ExitStack() as running:
        ceiling = reached(running.enter_context(empty(stage.server_url, stage.folder)), stage)
        servers = [
            running.enter_context(start(stage.server_url, stage.folder))
            for start in (ours, stock, by_hand)
        ]
        results = [
            stage.hold(creates(*servers, clients=clients, companies=companies))
            for clients, companies in ((16, 1), (64, 1), (16, 50))
        ]
    return report.section("Creating contacts", f"{CREATE_WHO}\n{ceiling}", results)


def reached(server: Server, stage: Stage) -> str:
    """Say what the load generator can do, to show that it is not what is measured."""
    server.load(16, 1, 1.0)
    sample = server.load(16, 1, stage.size.seconds)
    busy = sample.cpu["client"] / sample.count
    text = (
        f"The load generator uses {busy * 1e6:.0f} µs of CPU a request, so one core would send "
        f"{1 / busy:,.0f} a second; against an endpoint that keeps nothing (same server settings) "
        f"it did {sample.rate:,.0f} a second with 16 clients.\n"
    )
    stage.tell(text)
    return text
