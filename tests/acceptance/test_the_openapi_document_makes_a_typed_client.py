"""A client that openapi-python-client makes from the document works against the running service."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.conftest import Running, Tenant

SCRIPT = Path(__file__).with_name("typed_client_script.py")


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a module of this Python."""
    return subprocess.run(
        [sys.executable, *command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def generated(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the package of the client is."""
    folder = tmp_path_factory.mktemp("client")
    settings = folder / "settings.yml"
    settings.write_text("post_hooks: []\n")  # they make it pretty
    options = {
        "--url": f"{running.url}/openapi.json",
        "--config": str(settings),
        "--meta": "none",
        "--output-path": str(folder / "contacts_client"),
    }
    given = [word for option in options.items() for word in option]
    made = run("-m", "openapi_python_client", "generate", "--fail-on-warning", *given)
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


def names(folder: Path) -> set[str]:
    return {path.stem for path in folder.rglob("*.py")} - {"__init__"}


def test_calls_and_types_have_good_names(generated: Path) -> None:
    assert names(generated / "contacts_client" / "api") == {
        "cancel_booking",
        "clear_no_show",
        "create_booking",
        "create_contact",
        "create_contacts",
        "delete_contact",
        "delete_contacts",
        "erase_contact",
        "explain_contact",
        "export_contacts",
        "get_checkpoint",
        "get_contact",
        "get_contact_details",
        "get_contact_diff",
        "get_contact_history",
        "get_import",
        "get_import_errors",
        "get_liveness",
        "get_me",
        "get_metrics",
        "get_readiness",
        "import_contacts",
        "list_contacts",
        "list_events",
        "list_public_keys",
        "mark_no_show",
        "receive_webhook",
        "request_optin",
        "reschedule_booking",
        "restore_contact",
        "submit_form",
        "undo_change",
        "update_contact",
        "withdraw_optin",
    }
    models = names(generated / "contacts_client" / "models")
    assert [name for name in models if re.search(r"type_\d", name)] == []


def test_a_script_that_uses_it_works(generated: Path, company: Tenant) -> None:
    done = run(str(SCRIPT), company.running.url, company.key, PYTHONPATH=str(generated))
    assert (done.returncode, done.stderr) == (0, "")


def test_the_script_has_the_types_that_it_thinks(generated: Path) -> None:
    cache = ("--cache-dir", str(generated / "cache"))
    checked = ("--strict", "--follow-imports=silent", "--config-file=", *cache, str(SCRIPT))
    done = run("-m", "mypy", *checked, MYPYPATH=str(generated))
    assert done.returncode == 0, done.stdout + done.stderr
