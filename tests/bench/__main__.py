"""`make bench`: measures the parts that are asked for, else all, into docs/benchmarks.md."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from api.embedded import EmbeddedServer
from tests.bench import kept, report
from tests.bench.machine import ROOT, Unsafe, facts, promises
from tests.bench.parts import PARTS
from tests.bench.stage import FULL, QUICK, Size, Stage


def main() -> None:
    """Measure, show progress, write the page; Ctrl-C ends everything that was started."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="a few minutes, wider spread")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no part is named {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        measure(QUICK if asked.quick else FULL, asked.parts or list(PARTS))
    except Unsafe as refused:
        sys.exit(str(refused))
    except KeyboardInterrupt:
        sys.exit("interrupted; the parts that were measured are written")


def measure(size: Size, names: Sequence[str]) -> None:
    """Start the server, then one part after the other, each written down when it is done."""
    size.data.parent.mkdir(exist_ok=True)
    with EmbeddedServer(size.data) as server:
        known = facts(server.url)
        tell("".join(f"{name} {value}; " for name, value in known.items()))
        for name in names:
            tell(f"\n{name}")
            with tempfile.TemporaryDirectory(prefix="contacts-bench-") as folder:
                Path(folder).chmod(0o711)  # PostgreSQL may run as another user
                add(name, known, Stage(size, server.url, Path(folder), tell))
    tell(f"\nwritten to {size.page.relative_to(ROOT)}")


def add(name: str, known: Mapping[str, str], stage: Stage) -> None:
    """Measure one part and put it in its place among those that were measured before."""
    promises(stage.server_url)
    section = PARTS[name](stage)
    promises(stage.server_url)
    page = stage.size.page
    measured = kept.read(page)
    measured[name] = kept.Measured(f"{datetime.now(UTC):%Y-%m-%d}", known, section)
    measured = {name: measured[name] for name in PARTS if name in measured}
    kept.keep(page, measured)
    report.write(page, stage.size, measured)
    stage.tell(report.comparison(section.ratios))


def tell(text: str) -> None:
    """Show progress."""
    print(text, flush=True)


if __name__ == "__main__":
    main()
