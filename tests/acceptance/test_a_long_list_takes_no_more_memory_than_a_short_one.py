"""`contacts import` keeps a thousand rows in memory, however many the file has."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.conftest import Tenant
from tests.scale import FULL

SHORT, LONG = (100_000, 1_000_000) if FULL else (1_500, 4_500)


@pytest.mark.scaled
def test_many_times_the_rows_take_the_same_memory(company: Tenant, tmp_path: Path) -> None:
    short, long = (megabytes(company, tmp_path / "list.csv", rows) for rows in (SHORT, LONG))
    print(f"{SHORT:,} rows: {short:.0f} MB, {LONG:,} rows: {long:.0f} MB")  # noqa: T201  # the figure of docs/reliability.md
    assert company.position() == SHORT + LONG
    assert long < 1.1 * short


def megabytes(company: Tenant, file: Path, rows: int) -> float:
    """Import so many people and return the most memory that it took."""
    with file.open("w") as out:
        out.write("E-Mail;Vorname;Telefon;Notiz\n")
        for number in range(rows):
            out.write(f"{rows}-{number}@example.com;Person {number};12 {number};{'x' * 200}\n")
    command = [sys.executable, "-m", "api.cli", "import", str(file), "--company", company.name]
    environment = {**os.environ, "DATABASE_URL": company.running.database_url}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return usage.ru_maxrss / 1024
