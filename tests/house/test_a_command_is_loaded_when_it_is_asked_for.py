"""The list of commands says of each what it says itself; a light one loads nothing heavy."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from api.cli.main import COMMANDS, app, loaded

HEAVY = {"fastapi", "uvicorn", "structlog", "cryptography", "eventsourcing"}

LOADING = f"""
import sys
from api.cli.main import app
try:
    app(sys.argv[1:])
finally:
    print({HEAVY} & sys.modules.keys())
"""


def test_the_list_shows_of_each_command_the_first_lines_of_its_own_help() -> None:
    shown = {name: line for name, (_, line) in COMMANDS.items()}
    own = {name: loaded(name).help.partition("\n\n")[0] for name in COMMANDS}
    assert shown == {name: " ".join(text.split()) for name, text in own.items()}


@pytest.mark.parametrize("arguments", [["--help"], ["keys", "list", "--help"]])
def test_a_light_command_loads_nothing_heavy(arguments: list[str]) -> None:
    command = [sys.executable, "-c", LOADING, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\nset()\n")


def test_a_shell_completes_commands_and_what_belongs_to_them() -> None:
    def completed(words: str) -> str:
        asked = {"_CONTACTS_COMPLETE": "complete_bash", "COMP_WORDS": words}
        asked["COMP_CWORD"] = str(words.count(" "))
        return CliRunner().invoke(app, env=asked, prog_name="contacts").stdout

    assert completed("contacts re").split() == ["restore", "replay", "report"]
    assert completed("contacts keys ro").split() == ["rotate"]
    assert completed("contacts keys list --j").split() == ["--json"]


def test_a_misspelt_command_is_told_the_right_one() -> None:
    answer = CliRunner().invoke(app, ["kyes", "list"])
    assert answer.exit_code == 2
    assert "'keys'" in answer.output
