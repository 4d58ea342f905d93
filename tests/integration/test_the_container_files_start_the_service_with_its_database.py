"""The Dockerfile and docker-compose.yml fit the service, and the image's install commands work."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.cli.serve import GRACE_SECONDS
from tests.house.checkout import ROOT
from tests.house.inventory import settings

CONTEXT = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICE: dict[str, Any] = COMPOSE["services"]["contacts"]
POSTGRES: dict[str, Any] = COMPOSE["services"]["postgres"]
NOBODY = 65534


def dockerfile() -> list[tuple[str, str]]:
    """Return the instructions in their order: [("RUN", "pip install ..."), ...]."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line[:1] not in {"", "#"}]
    return [(word.upper(), rest.strip()) for word, rest in lines]


def instructions(word: str) -> list[str]:
    return [rest for known, rest in dockerfile() if known == word]


def variables() -> set[str]:
    """Name the settings that the two files set, of all the variables in them."""
    in_image = {pair.split("=")[0] for rest in instructions("ENV") for pair in rest.split()}
    ours = {name for name in in_image if name.startswith("CONTACTS_")}
    return ours | set(SERVICE["environment"])


def test_every_variable_is_a_setting_of_the_service() -> None:
    assert "DATABASE_URL" in variables()
    assert variables() - settings() == set()


def test_the_image_runs_as_a_user_of_its_own() -> None:
    (user,) = instructions("USER")
    assert user not in {"root", "0"}
    assert any(f" {user} " in f"{command} " for command in instructions("RUN"))
    words = [word for word, _ in dockerfile()]
    assert words.index("USER") < words.index("CMD")


def test_the_image_serves_to_the_outside_and_knows_when_it_is_ill() -> None:
    assert instructions("CMD") == ['["contacts", "serve", "--host", "0.0.0.0"]']
    (check,) = instructions("HEALTHCHECK")
    assert "/health/live" in check
    assert "python" in check
    assert instructions("EXPOSE") == ["8000"]


def test_what_the_image_is_built_from_is_let_in_by_the_dockerignore() -> None:
    sources = [name for copy in instructions("COPY") for name in copy.split()[:-1]]
    assert sources
    assert [name for name in sources if f"!{name}" not in CONTEXT] == []


def test_the_database_keeps_its_data_on_a_volume() -> None:
    assert POSTGRES["image"] == "postgres:18"
    (volume,) = POSTGRES["volumes"]
    name, path = volume.split(":")
    assert name in COMPOSE["volumes"]
    assert path == "/var/lib/postgresql"  # 18 has a folder a version below it


def test_the_service_waits_for_a_healthy_database() -> None:
    assert SERVICE["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert "pg_isready" in POSTGRES["healthcheck"]["test"]


def test_service_and_database_agree_on_user_password_and_name() -> None:
    environment = POSTGRES["environment"]
    user, password = environment["POSTGRES_USER"], environment["POSTGRES_PASSWORD"]
    url = f"postgresql://{user}:{password}@postgres:5432/{environment['POSTGRES_DB']}"
    assert SERVICE["environment"]["DATABASE_URL"] == url


def test_requests_under_way_are_not_killed_when_the_container_stops() -> None:
    seconds = int(SERVICE["stop_grace_period"].removesuffix("s"))
    assert seconds >= GRACE_SECONDS + 5, "the database pools are closed after the requests"


def test_the_service_writes_to_its_volume_only() -> None:
    (volume,) = SERVICE["volumes"]
    name, path = volume.split(":")
    assert name in COMPOSE["volumes"]
    assert f"CONTACTS_DATA_DIR={path}" in " ".join(instructions("ENV")).split()
    assert SERVICE["read_only"] is True


def usable(python: str, *, user: int | None) -> bool:
    code = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([python, "-c", code], user=user, cwd="/", check=False).returncode == 0
    except OSError:
        return False


def normal_user() -> tuple[str, int | None]:
    """Choose a Python and a user to install as; root's own Python may be out of nobody's reach."""
    own: str = getattr(sys, "_base_executable", sys.executable)
    if os.geteuid() != 0:
        return own, None
    for python in (own, "/usr/bin/python3", "/usr/local/bin/python3"):
        if usable(python, user=NOBODY):
            return python, NOBODY
    return own, None


@pytest.fixture
def place() -> Iterator[Path]:
    """Give a folder that another user can reach, which pytest's own folders do not allow."""
    folder = Path(tempfile.mkdtemp(prefix="image-"))
    yield folder
    shutil.rmtree(folder)


def copy_into(workdir: Path, copy: str) -> None:
    *sources, target = copy.split()
    for source in sources:
        if (ROOT / source).is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / source, workdir / target, ignore=ignore)
        else:
            shutil.copy(ROOT / source, workdir / target)


def fetch(pip: Path, wheels: Path) -> None:
    """Download as whoever runs the tests, for theirs is the cache of pip.

    Only what is named: the installation, which has nothing else, shows that it is all there is.
    """
    options = ("--quiet", "--no-deps", "--require-hashes", "--dest")
    command: list[str | Path] = [pip, "download", *options, wheels]
    subprocess.run([*command, "--requirement", ROOT / "requirements.txt"], check=True)


def give(folder: Path, user: int | None) -> None:
    if user is not None:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, user, user, follow_symlinks=False)


@pytest.mark.timeout(300)  # a first run downloads all packages
def test_the_install_commands_of_the_image_work_for_a_normal_user(place: Path) -> None:
    python, user = normal_user()
    venv, wheels, workdir = place / "venv", place / "wheels", place / "app"
    workdir.mkdir()
    subprocess.run([python, "-m", "venv", venv], check=True)
    fetch(venv / "bin" / "pip", wheels)
    give(place, user)
    environment = {
        "PATH": f"{venv / 'bin'}:/usr/bin:/bin",
        "HOME": str(place),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_NO_COMPILE": "1",  # bytecode of all packages, for one command that needs a tenth
    }
    run = partial(subprocess.run, env=environment, user=user, group=user, check=True)
    for word, rest in dockerfile():
        if word == "COPY":
            copy_into(workdir, rest)
        elif word == "RUN" and rest.startswith("pip "):
            give(workdir, user)
            run(["sh", "-c", rest], cwd=workdir)
    answer = run(["contacts", "--help"], cwd=place, capture_output=True, text=True)
    assert re.search(r"\bserve\b", answer.stdout)
