"""`make mutants`: damages a copy of the project in many ways and counts what the tests notice."""

import sys

from tests.mutants.handmade import MUTANTS, Mutant
from tests.mutants.machine_made import Verdicts, judged
from tests.mutants.workshop import GREEN, RED, Workshop, opened

ENOUGH = 90.0
"""Percent of the mutants that tests could kill."""


def main() -> None:
    """Try them all; ends with 1 when too many live."""
    with opened() as workshop:
        if workshop.tests(*{mutant.test for mutant in MUTANTS}) != GREEN:
            sys.exit("the tests fail without any mutant")
        noticed = [is_noticed(workshop, mutant) for mutant in MUTANTS]
        verdicts = None if sys.argv[1:] == ["--handmade"] else judged(workshop)
    tell(f"\nmade by hand: {sum(noticed)} of {len(noticed)} noticed")
    if verdicts is not None:
        report(verdicts)
    sys.exit(not all(noticed) or (verdicts is not None and verdicts.share < ENOUGH))


def is_noticed(workshop: Workshop, mutant: Mutant) -> bool:
    """Tell whether the test that must notice the fault is red."""
    with workshop.changed(mutant.file, mutant.old, mutant.new):
        noticed = workshop.tests(mutant.test) == RED
    tell(f"{'noticed' if noticed else 'NOT NOTICED'}: {mutant.name} ({mutant.test})")
    return noticed


def report(verdicts: Verdicts) -> None:
    """Show what became of those that mutmut has made."""
    tell("alive:" if verdicts.alive else "none is alive")
    for change in verdicts.alive:
        tell(f"  {change}")
    tell(
        f"made by mutmut: {verdicts.by_types} refused by mypy, {verdicts.by_tests} killed by "
        f"tests, {verdicts.equivalent} the same as the original, {len(verdicts.alive)} alive; "
        f"tests kill {verdicts.share:.1f} % of what they could"
    )


def tell(text: str) -> None:
    """Show progress."""
    print(text, flush=True)


if __name__ == "__main__":
    main()
