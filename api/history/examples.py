"""The events of the document's examples."""

from typing import Any

from api.examples import OTHER_ID, SOME_ID

CHANGE: dict[str, Any] = {"field": "employer", "old": None, "new": "Example GmbH"}
ACTOR: dict[str, Any] = {"keyId": OTHER_ID, "keyName": "website", "userId": "user-17"}
EVENT: dict[str, Any] = {
    "position": 42,
    "version": 2,
    "recordedAt": "2026-06-01T10:00:00.123456Z",
    "kind": "contact.updated",
    "words": "Changed employer",
    "actor": ACTOR,
    "source": "api",
    "requestId": SOME_ID,
    "data": {"employer": "Example GmbH"},
    "changes": [CHANGE],
}
