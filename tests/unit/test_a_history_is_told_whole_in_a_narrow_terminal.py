"""`contacts history` in the terminal that people have: nothing of who acted is cut off."""

from io import StringIO

from rich.console import Console

from api.history.printing import Json, table

USER = "01a20503-ce72-726c-9b1c-e40b24eb6500"
DELETED: Json = {
    "version": 1,
    "position": 2,
    "recordedAt": "2026-11-22T20:50:50.737588Z",
    "actor": {"keyId": "key", "keyName": "website", "userId": USER},
    "source": "api",
    "words": "Deleted",
    "changes": [],
}


def test_the_claimed_user_can_be_read_to_the_last_sign() -> None:
    paper = StringIO()
    Console(file=paper, width=70).print(table([DELETED]))
    assert USER in paper.getvalue().replace(" ", "").replace("\n", "").replace("20:50:50", "")
