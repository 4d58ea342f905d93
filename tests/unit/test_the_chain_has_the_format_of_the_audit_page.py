"""The Python half of the format; an integration test holds the database to the same examples."""

import time
from dataclasses import asdict, replace
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from domain.eventlog import chain
from tests.unit.golden_vectors import COMPANY, GENESIS, VECTORS, Vector

AUDIT_PAGE = Path(__file__).parents[2] / "docs" / "audit.md"


def entry(vector: Vector) -> bytes:
    fields = asdict(vector)
    for computed in ("state", "entry_hash", "digest", "hash"):
        del fields[computed]
    return chain.entry(company_id=COMPANY, **fields)


def test_a_chain_begins_with_the_hash_of_its_company() -> None:
    assert chain.genesis(COMPANY).hex() == GENESIS


def test_every_event_is_linked_as_in_the_examples() -> None:
    previous = chain.genesis(COMPANY)
    for vector in VECTORS:
        assert sha256(entry(vector)).hexdigest() == vector.entry_hash
        assert chain.digest(vector.state).hex() == vector.digest
        previous = chain.link(previous, entry(vector), chain.digest(vector.state))
        assert previous.hex() == vector.hash


def test_an_entry_reads_line_by_line() -> None:
    assert entry(VECTORS[0]).decode().split("\n") == [
        "0190a5f0-1c2d-7e3f-8a4b-5c6d7e8f9a0b",
        "1",
        "0190a5f0-1c2e-7000-9000-00000000000a",
        "1",
        "contact.created",
        "2026-01-02T03:04:05.000000Z",
        "key_1/user-7",
        "api",
        "0190a5f0-1c2f-7abc-8def-0123456789ab",
    ]


def test_the_time_zone_in_which_an_instant_is_read_makes_no_difference() -> None:
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    there = VECTORS[2].recorded_at.astimezone(kathmandu)
    assert entry(replace(VECTORS[2], recorded_at=there)) == entry(VECTORS[2])


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        chain.instant(datetime(2026, 1, 2, 3, 4, 5))  # noqa: DTZ001  # this is the point


@pytest.mark.parametrize("field", ["topic", "actor", "source", "request_id"])
@pytest.mark.parametrize("character", ["\n", "\0", "\x1f", "\x7f", "\x85", "\x9f"])
def test_a_control_character_is_refused_in_every_field(field: str, character: str) -> None:
    changes: dict[str, Any] = {field: f"a{character}b"}
    with pytest.raises(ValueError, match="control character at position 1"):
        entry(replace(VECTORS[0], **changes))


@pytest.mark.parametrize(
    "changed",
    [
        replace(VECTORS[0], position=2),
        replace(VECTORS[0], version=2),
        replace(VECTORS[0], contact_id=COMPANY),
        replace(VECTORS[0], topic="contact.updated"),
        replace(VECTORS[0], recorded_at=VECTORS[1].recorded_at),
        replace(VECTORS[0], actor=""),
        replace(VECTORS[0], source="API"),
        replace(VECTORS[0], request_id=""),
    ],
)
def test_a_change_of_any_field_changes_the_entry(changed: Vector) -> None:
    assert entry(changed) != entry(VECTORS[0])


def test_an_instant_does_not_depend_on_where_the_machine_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        texts = {entry(vector) for vector in VECTORS}
    time.tzset()
    assert texts == {entry(vector) for vector in VECTORS}


def test_the_audit_page_shows_these_examples() -> None:
    page = AUDIT_PAGE.read_text(encoding="utf-8")
    shown = [GENESIS, *(h for v in VECTORS for h in (v.entry_hash, v.digest, v.hash))]
    assert [expected for expected in shown if expected not in page] == []
