"""`contacts history` in terminals that people have: nothing is cut off, and fields stand out."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from api.history.printing import Json, tell

USER = "01a20503-ce72-726c-9b1c-e40b24eb6500"
SENTENCE = "it is our head of purchasing who signs; ask for her by name and say that I sent you"


def event(*changes: tuple[str, Any, Any], words: str = "Deleted") -> Json:
    """Return something that somebody did on behalf of a user."""
    return {
        "version": 2,
        "position": 42,
        "recordedAt": "2026-11-22T20:50:50.737588Z",
        "actor": {"keyId": "key", "keyName": "website", "userId": USER},
        "source": "booking",
        "words": words,
        "changes": [{"field": field, "old": old, "new": new} for field, old, new in changes],
    }


def printed(*events: Json, width: int = 80) -> list[str]:
    paper = StringIO()
    tell(Console(file=paper, width=width), events)
    return [line.rstrip() for line in paper.getvalue().splitlines()]


@pytest.mark.parametrize("width", [80, 120, 200])
def test_an_event_is_a_block_that_needs_no_more_room_than_it_has(width: int) -> None:
    assert printed(event(("email", None, "a@b.c"), ("tags", ["VIP"], [])), width=width) == [
        "#2   2026-11-22 20:50:50 UTC  Deleted",
        f"     position 42 · booking · website for {USER}",
        "     · email: a@b.c",
        "     · tags: VIP → (nothing)",
    ]


def test_a_value_that_is_too_wide_goes_on_below_its_beginning() -> None:
    lines = printed(event(("additionalData.Who decides", "I", SENTENCE)))
    assert lines[2].startswith("     · additionalData.Who decides: I → it is our head")
    assert lines[3].startswith("       ")
    assert " ".join(line.strip() for line in lines).endswith(SENTENCE)


def test_no_sign_of_a_word_without_spaces_is_cut_off() -> None:
    for width in (40, 80):
        told = "".join(map(str.strip, printed(event(words="x" * 300), width=width)))
        assert told.count("x") == 300
        assert USER in told


def test_blocks_stand_apart() -> None:
    assert printed(event(), event()).index("") == 2


def test_an_object_in_free_data_is_told_and_a_meeting_only_by_the_sentence() -> None:
    meeting = {"isNoShow": False, "meetingType": None, "start": "2030-01-15T08:00:00Z"}
    changes = [("additionalData.crm", None, {"id": 5}), ("appointments.1/2", None, meeting)]
    assert printed(event(*changes))[2:] == ['     · additionalData.crm: {"id":5}']
