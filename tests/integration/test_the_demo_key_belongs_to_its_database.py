"""The key in demo.env is that of one database; another database never costs anybody a key."""

import socket
from pathlib import Path

from psycopg.conninfo import make_conninfo

from api.cli import demo
from api.companies import register
from api.database import editing
from tests.conftest import create_database, drop_database

URL = "http://127.0.0.1:1"


def test_a_second_start_finds_the_key_again(database_url: str, tmp_path: Path) -> None:
    with editing(database_url) as connection:
        made = demo.ensure(connection, tmp_path, URL)
        assert made is not None
        assert demo.ensure(connection, tmp_path, URL) == made
    assert made[1] == tmp_path / "demo.env"
    assert made[1].stat().st_mode & 0o777 == 0o600


def test_another_database_gets_a_file_of_its_own(
    database_url: str, server_url: str, template: str, tmp_path: Path
) -> None:
    create_database(server_url, "another_demo", template)
    try:
        with (
            editing(database_url) as one,
            editing(make_conninfo(server_url, dbname="another_demo")) as other,
        ):
            first = demo.ensure(one, tmp_path, URL)
            second = demo.ensure(other, tmp_path, URL)
            assert first is not None
            assert second is not None
            assert first[0] != second[0]
            assert first[1] != second[1]
            assert demo.ensure(one, tmp_path, URL) == first
            assert demo.ensure(other, tmp_path, URL) == second
    finally:
        drop_database(server_url, "another_demo")


def test_a_file_that_cannot_be_read_is_left_alone(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "demo.env").write_bytes(b"\xff\xfe")
    with editing(database_url) as connection:
        made = demo.ensure(connection, tmp_path, URL)
    assert made is not None
    assert made[1] != tmp_path / "demo.env"
    assert (tmp_path / "demo.env").read_bytes() == b"\xff\xfe"


def test_a_key_that_is_none_is_not_shown(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "demo.env").write_text(f"CONTACTS_URL={URL}\nCONTACTS_API_KEY=ctk_wrong\n")
    with editing(database_url) as connection:
        register.create(connection, "Somebody", "DE")
        assert demo.ensure(connection, tmp_path, URL) is None


def test_the_address_of_a_service_that_still_runs_is_kept(
    database_url: str, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, editing(database_url) as connection:
        running = f"http://127.0.0.1:{listener.getsockname()[1]}"
        demo.ensure(connection, tmp_path, running)
        demo.ensure(connection, tmp_path, URL)
        assert f"CONTACTS_URL={running}\n" in (tmp_path / "demo.env").read_text()
