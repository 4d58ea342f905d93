"""Two API processes against one, on the same cores."""

from dataclasses import replace
from functools import partial

from tests.bench import report
from tests.bench.rounds import Contest, Section
from tests.bench.servers import migrated, serving
from tests.bench.stage import Stage

CLIENTS = 16
REACH = 1.0
ONE, TWO = "one process", "two processes"
WHO = """\
`contacts serve` with one and with two processes that answer requests. Two cores carry everything:
one process with PostgreSQL and the load generator nearly fills them, as the columns of CPU say, and
a second one can only use what is left idle. Where both write for the same company, one waits while
the other has its head, and the batches of both are smaller than those of one.
"""


def part(stage: Stage) -> Section:
    """Create in one and in many companies, and read."""
    urls = [migrated(stage.server_url, name) for name in ("one_process", "two_processes")]
    with (
        serving(urls[1], stage.folder / "two", workers=2) as two,
        serving(urls[0], stage.folder / "one") as one,
    ):
        servers = [replace(two, name=TWO), replace(one, name=ONE)]
        results = [
            stage.hold(
                Contest(
                    title=f"Create with {TWO}, {CLIENTS} clients, {of}",
                    unit="contacts",
                    contestants={s.name: partial(s.load, CLIENTS, companies) for s in servers},
                    reach={ONE: REACH},
                )
            )
            for companies, of in ((1, "one company"), (50, "50 companies"))
        ]
        results.append(
            stage.hold(
                Contest(
                    title=f"List with {TWO}, {CLIENTS} clients",
                    unit="lists",
                    contestants={s.name: partial(s.ask, CLIENTS, [s.get("/crm")]) for s in servers},
                    reach={ONE: REACH},
                )
            )
        )
    return report.section("Two processes", WHO, results)
