"""Mutants that mutmut makes of the write side, and which of them no test notices."""

import ast
import difflib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.workshop import TEMPLATE, Workshop

NOT_NOTICED = (0, 5, 33)
"""How the tests of a mutant end that all are green, or none of which comes by."""
BY_TYPES = 37


@dataclass(frozen=True)
class Verdicts:
    """What became of the mutants."""

    by_types: int
    """Programs that mypy refuses: `make check` is red."""
    by_tests: int
    """Programs that a test tells from the original, or that never end."""
    equivalent: int
    """Programs that do the same as the original, each with a reason in equivalent.py."""
    alive: list[str]
    """The others: where, and what was changed."""

    @property
    def share(self) -> float:
        """The share that tests kill of what they could kill, in percent."""
        return 100 * self.by_tests / max(1, self.by_tests + len(self.alive))


def judged(workshop: Workshop) -> Verdicts:
    """Make the mutants and let the tests loose on them; half an hour on two cores."""
    mutmut = str(Path(sys.executable).with_name("mutmut"))
    if workshop.run(mutmut, "run", CONTACTS_TEST_TEMPLATE=TEMPLATE):
        raise RuntimeError("mutmut failed")
    return counted(workshop.root / "mutants")


def counted(folder: Path) -> Verdicts:
    """Read what mutmut has written down."""
    ends: Counter[str] = Counter()
    alive = []
    for meta in sorted(folder.rglob("*.py.meta")):
        source = meta.with_suffix("")
        for name, code in json.loads(meta.read_text())["exit_code_by_key"].items():
            if code is None:
                raise RuntimeError(f"mutmut has not tried {name}")
            change = changed(source, name) if code in NOT_NOTICED else ""
            kind = "types" if code == BY_TYPES else "tests"
            if change:
                kind = "equivalent" if change in EQUIVALENT else "alive"
            ends[kind] += 1
            if kind == "alive":
                alive.append(change)
    return Verdicts(ends["types"], ends["tests"], ends["equivalent"], alive)


def changed(source: Path, name: str) -> str:
    """Say what a mutant is: where, and the lines that it has instead of others."""
    function, _, number = name.rsplit(".", 1)[1].rpartition("__mutmut_")
    texts = dict(functions(source, function))
    old, new = texts["orig"], texts[number]
    lines = [line for line in difflib.ndiff(old, new) if line[0] in "+-"]
    where = function.removeprefix("x").replace("ǁ", ".").strip("._")
    return f"{where}: " + " ".join(" ".join(line.split()) for line in lines)


def functions(source: Path, function: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the original of a function and its mutants, by their number, in lines of one style."""
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith(f"{function}__mutmut_"):
            text = ast.unparse(node).replace(node.name, function)
            yield node.name.rpartition("_")[2], text.splitlines()
