"""Callers act on the code of an error and people read its message."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from api.problems import EdgeError
from domain.errors import DomainError

Error = type[DomainError] | type[EdgeError]


def leaves(error: Error) -> Iterator[Error]:
    below = [known for known in error.__subclasses__() if known.__module__ == error.__module__]
    for known in below:
        yield from leaves(known)
    if not below:
        yield error


LEAVES = [*leaves(DomainError), *leaves(EdgeError)]


@pytest.mark.parametrize("error", LEAVES)
def test_an_error_has_a_code_and_a_message_of_its_own(error: Error) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", vars(error).get("code", ""))
    assert (vars(error).get("__doc__") or "").strip()


def test_no_two_errors_share_a_code() -> None:
    uses = Counter(error.code for error in LEAVES)
    assert [code for code, count in uses.items() if count > 1] == []
