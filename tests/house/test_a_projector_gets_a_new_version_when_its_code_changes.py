"""A read model built by older code must be recognisable, or nobody rebuilds it."""

import pytest

from tests.house.fingerprints import current, noted

HOW = """
The code of the projection {view} differs from the noted one. If other rows come out of it, raise
its version (operators then rebuild); if only its words changed, do not. Then note the new code:
  .venv/bin/python -m tests.house.fingerprints
and commit tests/house/projector_fingerprints.json together with the change.
"""


@pytest.mark.parametrize("view", sorted(current()))
def test_the_code_of_a_projection_is_the_one_noted_with_its_version(view: str) -> None:
    assert noted().get(view) == current()[view], HOW.format(view=view)


def test_no_fingerprint_is_noted_for_a_projection_that_is_gone() -> None:
    assert noted().keys() - current().keys() == set()
