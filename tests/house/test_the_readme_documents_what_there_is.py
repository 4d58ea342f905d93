"""The README names every setting and every command, and none that does not exist."""

import re

import pytest

from tests.house.checkout import ROOT
from tests.house.inventory import commands, settings

WRITTEN_FOR_CLIENTS = {"CONTACTS_URL", "CONTACTS_API_KEY"}  # the names in demo.env


@pytest.fixture(scope="module")
def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_documented(readme: str) -> None:
    assert settings()
    assert {name for name in settings() if f"`{name}`" not in readme} == set()


def test_no_setting_is_documented_that_does_not_exist(readme: str) -> None:
    documented = set(re.findall(r"\bCONTACTS_[A-Z_]+\b", readme))
    assert documented - settings() - WRITTEN_FOR_CLIENTS == set()


def test_every_command_is_documented(readme: str) -> None:
    assert commands()
    assert {command for command in commands() if command not in readme} == set()


def test_every_make_target_that_the_readme_names_exists(readme: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", readme, re.MULTILINE))
    assert named - targets == set()
