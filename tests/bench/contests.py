"""What is measured, one function a kind of work: who competes, and how far it shall reach."""

from functools import partial

from tests.bench.rounds import Contest
from tests.bench.servers import Server


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
