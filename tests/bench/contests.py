"""What is measured, one function a kind of work: who competes, and how far it shall reach."""

from functools import partial

from tests.bench.rounds import Contest
from tests.bench.servers import Server

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
    enough = {16: 0.6, 64: 0.9}[clients]
    return Contest(
        title=f"Create over HTTP, {clients} clients, {of}",
        unit="contacts",
        contestants=contestants,
        reach={stock.name: 2.5, by_hand.name: enough},
    )
