"""How much memory the embedded server keeps its pages in."""

from pathlib import Path

import pytest

from api.embedded.memory import shared_buffers

GIGABYTE = 1024**3


@pytest.mark.parametrize(
    ("limit", "taken"),
    [
        (str(GIGABYTE), "256MB"),
        (f"{GIGABYTE // 4}\n", "128MB"),
        (str(GIGABYTE * 3 // 2), "384MB"),
    ],
)
def test_a_container_gives_a_quarter_of_what_it_may_use_and_128_mb_at_least(
    tmp_path: Path, limit: str, taken: str
) -> None:
    file = tmp_path / "memory.max"
    file.write_text(limit, encoding="utf-8")
    assert shared_buffers((tmp_path / "there is none", file)) == taken


@pytest.mark.parametrize("limit", ["max\n", str(2**63 - 4096)])
def test_without_a_limit_the_machine_counts_and_512_mb_is_the_most(
    tmp_path: Path, limit: str
) -> None:
    file = tmp_path / "memory.max"
    file.write_text(limit, encoding="utf-8")
    assert shared_buffers((file,)) == shared_buffers(())
    assert 128 <= int(shared_buffers((file,)).removesuffix("MB")) <= 512
