"""The page in headless Chromium: with the keyboard alone, without scripts, asking no other host."""

from pathlib import Path

import pytest

from tests.acceptance.browser import CHROMIUM, browser
from tests.acceptance.conftest import Tenant
from tests.acceptance.optin_links import asked, opted_in

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="this machine has no Chromium")


def test_tab_and_enter_agree_and_the_page_complains_of_nothing(
    company: Tenant, tmp_path: Path
) -> None:
    anna = company.create(email="anna@example.com", language="de")["id"]
    link = asked(company, anna, "Dürfen wir Ihnen\n<i>schreiben</i>?")["link"]
    with browser(tmp_path) as page:
        page.open(link)
        assert page.read("document.title") == "Stimmen Sie zu?"
        wording = page.read("document.querySelector('blockquote').innerText")
        assert wording == "Dürfen wir Ihnen\n<i>schreiben</i>?"
        assert page.read("getComputedStyle(document.querySelector('button')).color") == (
            "rgb(255, 255, 255)"
        ), "the page's own style is let in"
        assert not opted_in(company, anna)
        page.press_first_button()
        assert page.read("document.title") == "Vielen Dank"
        assert opted_in(company, anna)

        page.open(f"{link}/withdraw")
        page.press_first_button()
        assert page.read("document.title") == "Widerrufen"
        assert not opted_in(company, anna)
    assert {url for url in page.requests if not url.startswith(company.running.url)} == set()
    assert page.complaints == []
    assert "HeadlessChrome" in company.events(anna)[-2]["data"]["user_agent"]
