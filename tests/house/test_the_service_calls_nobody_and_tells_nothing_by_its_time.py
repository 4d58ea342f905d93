"""What would be a hole if it came in unnoticed: calls to other hosts, and slow comparisons."""

import ast
import re
from pathlib import Path

from tests.house.checkout import PACKAGES, ROOT, files

CALLS = re.compile(
    r"^\s*(?:import|from) (urllib\.request|http\.client|ftplib|smtplib|socket|ssl|telnetlib"
    r"|httpx2?|requests|aiohttp)\b",
    re.MULTILINE,
)
SECRET = re.compile(r"signature|secret|token|password", re.IGNORECASE)

CALLING = {
    "api/audit/sending.py": "posts checkpoints to the URL of a setting, and follows no redirect",
    "api/optin/postman.py": "hands mails to the server of a setting",
    "api/cli/demo.py": "asks the database's own port whether somebody listens",
    "api/cli/serve.py": "listens",
    "projections/rebuild/claiming.py": "asks what this machine is called",
}
"""What reaches for the network. None of it goes where a caller says: there is no such URL."""


def modules() -> list[Path]:
    """Return the modules of the three packages."""
    return [path for path in files(".py") if path.relative_to(ROOT).parts[0] in PACKAGES]


def test_nothing_reaches_for_the_network_but_what_is_listed() -> None:
    found = {str(path.relative_to(ROOT)) for path in modules() if CALLS.search(path.read_text())}
    assert found == CALLING.keys()


def test_no_secret_is_compared_sign_by_sign() -> None:
    """Keys and tokens are looked up by their digests, signatures go through compare_digest."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Compare)
        and any(isinstance(by, ast.Eq | ast.NotEq) for by in node.ops)
        and any(SECRET.search(name) for side in operands(node) for name in names(side))
    ]
    assert found == []


def operands(node: ast.Compare) -> list[ast.expr]:
    """Return what is compared."""
    return [node.left, *node.comparators]


def names(node: ast.expr) -> list[str]:
    """Return what the operand is called."""
    if isinstance(node, ast.Name):
        return [node.id]
    return [node.attr] if isinstance(node, ast.Attribute) else []
