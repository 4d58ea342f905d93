"""What the tests of failures share; in the end they tell the figures of a full run."""

from collections.abc import Iterator

import pytest

from tests.reliability import journal
from tests.reliability.services import Zygote, zygote
from tests.scale import FULL

# so that a proof that fails says what it saw
pytest.register_assert_rewrite("tests.reliability.load", "tests.reliability.proofs")


@pytest.fixture(scope="session")
def forge() -> Iterator[Zygote]:
    """What makes services."""
    with zygote() as made:
        yield made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was counted, also by runs that were interrupted."""
    if FULL and (sums := journal.sums()):
        terminalreporter.section(f"reliability of {journal.commit() or 'uncommitted code'}")
        for name, figures in sums.items():
            told = ", ".join(f"{figure} {value:g}" for figure, value in figures.items())
            terminalreporter.write_line(f"{name}: {told}")
