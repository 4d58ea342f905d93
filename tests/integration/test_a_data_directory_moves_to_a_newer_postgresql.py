"""The embedded server's next major version: refused, gone on with, and moved to by a backup."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from api.embedded import EmbeddedError, EmbeddedServer, pg_binary
from tests.integration.embedded_servers import reachable_place

OLD = Path("/usr/lib/postgresql/15/bin")
pytestmark = pytest.mark.skipif(not OLD.exists(), reason="PostgreSQL 15 is not installed")


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """A data directory that PostgreSQL 15 has made."""
    with reachable_place() as place:
        with EmbeddedServer(place / "data", OLD):
            pass
        yield place / "data"


@pytest.fixture
def contacts(data_dir: Path) -> Callable[..., str]:
    """Run `contacts …` on the data directory, as an operator does."""

    def run(*arguments: object) -> str:
        words = [str(word) for word in arguments]
        result = CliRunner().invoke(app, words, env={"CONTACTS_DATA_DIR": str(data_dir)})
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


def major(data_dir: Path) -> str:
    return (data_dir / "postgres" / "PG_VERSION").read_text().strip()


def test_without_the_old_version_it_is_refused_with_the_way_out(data_dir: Path) -> None:
    with pytest.raises(EmbeddedError) as refused:
        EmbeddedServer(data_dir, pg_binary("postgres").parent).start()
    assert refused.value.code == "embedded_wrong_version"
    for said in ("PostgreSQL 15", "contacts backup FILE", "folder postgres", "contacts restore"):
        assert said in str(refused.value)


def test_with_both_versions_it_stays_until_it_is_moved(
    data_dir: Path, contacts: Callable[..., str], tmp_path: Path
) -> None:
    contacts("companies", "create", "Old")
    file, people = tmp_path / "backup", tmp_path / "people.csv"
    people.write_text("firstName,email\nAnna,anna@example.com\nMüller,mueller@example.com\n")
    contacts("import", people)
    (data_dir / "erasures.jsonl").touch()
    heads = contacts("backup", file)
    assert major(data_dir) == "15"
    shutil.move(data_dir / "postgres", data_dir / "postgres-15")
    assert contacts("restore", file).startswith(heads)
    assert int(major(data_dir)) > 15
    assert contacts("export", tmp_path / "found.csv", "--search", "muller") == ""
    assert "mueller@example.com" in (tmp_path / "found.csv").read_text(encoding="utf-8")
    contacts("audit", "verify")
