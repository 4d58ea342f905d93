"""What ruff cannot say about the sources."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.checkout import PACKAGES, ROOT, files

LONGEST_FUNCTION = 40
# Put together here, so that this file does not contain what it looks for. Sockets whose path would
# be too long elsewhere do live in the common temporary directory, under a name of the service's.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:(?:work|root)/|tmp" + "/(?!contacts-))")
REGISTRY = re.compile(
    r"(?:pypi|pythonhosted|npmjs|debian)\." + r"org|\b(?:docker|ghcr|quay)\." + r"io\b"
)
TEXT = (".py", ".sql", ".md", ".toml", ".txt", ".yml", ".yaml", ".json", "Makefile", "Dockerfile")
SOURCES = sorted(files(".py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_every_module_says_what_it_hides(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_no_function_is_too_long_to_read() -> None:
    too_long = [
        f"{relative(path)}:{function.lineno} {function.name} has {length(function)} lines"
        for path in SOURCES
        if relative(path).split("/")[0] in PACKAGES
        for function in functions(path)
        if length(function) > LONGEST_FUNCTION
    ]
    assert too_long == []


@pytest.mark.parametrize("forbidden", [MACHINE_PATH, REGISTRY], ids=["machine path", "registry"])
def test_no_file_names_a_machine_path_or_a_package_registry(forbidden: re.Pattern[str]) -> None:
    found = [
        f"{relative(path)}:{number} {line.strip()}"
        for path in [*files(*TEXT), ROOT / ".ci" / "run"]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if forbidden.search(line)
    ]
    assert found == []
