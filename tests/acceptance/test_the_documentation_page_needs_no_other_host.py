"""The interactive documentation works without the internet and tells nobody who reads it."""

import re

import pytest

from tests.acceptance.conftest import Running, client


@pytest.fixture(scope="module")
def page(running: Running) -> tuple[str, str]:
    """The page, and its Content-Security-Policy."""
    with client(running.url) as http:
        answer = http.get("/docs")
    assert answer.status_code == 200
    return answer.text, answer.headers["content-security-policy"]


def test_the_page_and_its_parts_come_from_the_service(
    running: Running, page: tuple[str, str]
) -> None:
    parts = re.findall(r'(?:src|href)="([^"]+)"', page[0])
    own = [part for part in parts if not part.startswith("data:")]
    assert own == ["docs/swagger-ui.css", "docs/swagger-ui-bundle.js"]
    with client(running.url) as http:
        for part in own:
            assert len(http.get(f"/{part}").raise_for_status().content) > 100_000
    assert "//" not in page[0]


def test_the_policy_lets_no_foreign_script_run_and_no_call_leave(page: tuple[str, str]) -> None:
    policy = dict(part.split(" ", 1) for part in page[1].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
    assert re.fullmatch(r"'self' 'sha256-[A-Za-z0-9+/=]+'", policy["script-src"])


def test_no_other_file_can_be_had(running: Running) -> None:
    with client(running.url) as http:
        for name in ("LICENSE", "..%2f__init__.py", "x.js"):
            assert http.get(f"/docs/{name}").status_code in {400, 404}


@pytest.mark.parametrize("path", ["/redoc", "/docs/oauth2-redirect"])
def test_the_pages_of_the_framework_that_load_from_elsewhere_are_off(
    running: Running, path: str
) -> None:
    with client(running.url) as http:
        assert http.get(path).status_code in {400, 404}
