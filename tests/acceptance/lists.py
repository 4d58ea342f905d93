"""Runs `contacts import` and `contacts export` for a company, and reads what they print."""

import re
from pathlib import Path

from typer.testing import CliRunner, Result

from api.cli.main import app
from tests.acceptance.conftest import Tenant

FAILED_ROWS = 1


def run(company: Tenant, *arguments: object) -> Result:
    """Run a command for a company, whatever comes of it."""
    texts = [*map(str, arguments), "--company", company.name]
    environment = {"DATABASE_URL": company.running.database_url, "COLUMNS": "200"}
    return CliRunner().invoke(app, texts, env=environment)


def imported(company: Tenant, file: Path, *options: object) -> dict[str, int]:
    """Import a file and return the five numbers, which must add up."""
    result = run(company, "import", file, *options)
    found = re.search(r"([\d,]+) rows: (.*)", result.output)
    assert found, result.output
    counts = {
        name: int(number.replace(",", ""))
        for number, name in (part.split() for part in found[2].split(", "))
    }
    assert int(found[1].replace(",", "")) == sum(counts.values())
    assert result.exit_code == (FAILED_ROWS if counts["failed"] else 0), result.output
    return {name: number for name, number in counts.items() if number}


def import_id(result: Result) -> str:
    """Return the id that an import is taken back by."""
    found = re.search(r"contacts import undo (\S+)", result.output)
    assert found, result.output
    return found[1]


def exported(company: Tenant, file: Path, *options: object) -> bytes:
    """Export into a file and return what stands in it."""
    result = run(company, "export", file, *options)
    assert result.exit_code == 0, result.output
    return file.read_bytes()


def written(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    """Write a list."""
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode(encoding))
    return path
