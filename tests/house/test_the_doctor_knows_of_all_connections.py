"""Who sizes a database goes by what the doctor and the page for operators say of connections."""

from api.doctor.server import PER_PROCESS
from api.exports import desk as exports
from api.history import desk as history
from api.imports import desk as imports
from tests.house.checkout import ROOT

WRITER, LISTS, ERASURES = 1, 1, 1
OF_AN_IMPORT = 3  # one takes the file, one reads, one writes


def test_the_doctor_counts_what_may_be_open_at_once() -> None:
    own = WRITER + LISTS + ERASURES
    desks = history.THREADS + exports.AT_ONCE + OF_AN_IMPORT * imports.AT_ONCE
    assert own + desks == PER_PROCESS


def test_the_page_for_operators_says_the_same() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert f"`2 × CONTACTS_POOL_SIZE + {PER_PROCESS}` connections" in page
