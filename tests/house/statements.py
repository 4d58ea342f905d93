"""Hides where the SQL of the project stands, and which tables of which company it speaks of."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.house.checkout import PACKAGES, ROOT, files

UNKNOWN = "{}"
"""Stands for a part of a text that only running the code could tell."""

VERB = re.compile(r"\s*\(?(WITH|SELECT|INSERT INTO|UPDATE|DELETE FROM|COPY|MERGE)\b")
TABLE = re.compile(r"(?is)CREATE TABLE (?:IF NOT EXISTS )?([a-z_.]+) \((.*?)\n\)")
SPOKEN_OF = r"(?:FROM|JOIN|UPDATE|INTO|COPY|USING|,)\s+({names})(?![\w.(])"
SPOKEN_OF_UNKNOWN = r"(?:FROM|JOIN|UPDATE|INTO|COPY)\s+((?:read\.)?\{\})(?![\w.(])"
NAMED = re.compile(
    r"company_id\s*=|company_id\s+(?:IS|IN)\b|=\s*(?:\w+\.)?company_id\b|USING \(company_id"
    r"|INTO [\w.{}]+(?: \w+)? \(company_id|COPY [\w.]+ \(company_id|\((?:\w+\.)?company_id,"
    r"|OVER \(PARTITION BY (?:\w+\.)?company_id",
    re.IGNORECASE,
)


class Statement(NamedTuple):
    """A statement and where it stands: a file, and in it a constant or function."""

    place: str
    text: str


def company_tables() -> set[str]:
    """Return the tables whose rows belong to companies, from the files that make them."""
    tables = {"log.history"}
    for path in of_packages(".sql"):
        schema = "" if "projections" not in path.parts else "read."
        for name, columns in TABLE.findall(without_comments(path.read_text())):
            if re.search(r"\bcompany_id\b", columns):
                tables.add(name if "." in name else schema + name)
    return tables


def of_packages(suffix: str) -> Iterator[Path]:
    """Yield the files of the three packages."""
    for path in files(suffix):
        if path.relative_to(ROOT).parts[0] in PACKAGES:
            yield path


def without_comments(sql: str) -> str:
    """Leave out what is said about SQL in SQL."""
    return re.sub(r"--.*", "", sql)


def statements() -> Iterator[Statement]:
    """Yield every statement of the packages."""
    for path in of_packages(".sql"):
        for text in without_comments(path.read_text()).split(";"):
            if not text.lstrip().startswith(("GRANT", "REVOKE")):
                yield Statement(str(path.relative_to(ROOT)), text)
    for path in of_packages(".py"):
        yield from in_python(path.read_text(), str(path.relative_to(ROOT)))


def in_python(source: str, file: str) -> Iterator[Statement]:
    """Yield the texts of a module that begin as a statement does."""
    tree = ast.parse(source)
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for place, node in texts(tree, ""):
        text = folded(node, constants)
        if VERB.match(text):
            yield Statement(f"{file} {place}", text)


def texts(node: ast.AST, place: str) -> Iterator[tuple[str, ast.expr]]:
    """Yield the outermost texts, each with the constant, class or function around it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from texts(child, f"{place}.{child.name}".lstrip("."))
        elif isinstance(child, ast.Assign) and isinstance(child.targets[0], ast.Name) and not place:
            yield from texts(child, child.targets[0].id)
        elif isinstance(child, ast.JoinedStr | ast.Constant | ast.BinOp):
            yield place, child
        else:
            yield from texts(child, place)


def folded(node: ast.expr, constants: Mapping[str, ast.expr]) -> str:
    """Put a text together as far as the module alone can tell it."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else UNKNOWN
    if isinstance(node, ast.JoinedStr):
        return "".join(folded(part, constants) for part in node.values)
    if isinstance(node, ast.BinOp):
        return folded(node.left, constants) + folded(node.right, constants)
    if isinstance(node, ast.FormattedValue):
        return folded(node.value, constants)
    if isinstance(node, ast.Name) and node.id in constants:
        return folded(constants[node.id], constants)
    return UNKNOWN


def spoken_of(statement: Statement, tables: set[str]) -> list[str]:
    """Return the tables of companies that a statement speaks of, as often as it does.

    A table whose name only running the code could tell is one of them.
    """
    elsewhere = {name.replace("read.", f"{UNKNOWN}.") for name in tables}  # a rebuild's schema
    known = SPOKEN_OF.format(names="|".join(map(re.escape, tables | elsewhere)))
    return re.findall(known, statement.text) + re.findall(SPOKEN_OF_UNKNOWN, statement.text)


def named(statement: Statement) -> int:
    """Count how often a statement names a company."""
    return len(NAMED.findall(statement.text))
