"""Tells which consents a contact gave: to what, when, from where, and until when."""

from collections.abc import Iterable
from typing import Any

from domain.contact import events as e

Json = dict[str, Any]

ASKED = ("email", "wording", "requestedAt")
AGREED = ("email", "confirmedAt", "ipAddress", "userAgent")
ENDED = ("withdrawnAt", "withdrawnBecause")


def consents(events: Iterable[Json]) -> list[Json]:
    """Return what the contact was asked for and what became of it, given its history."""
    told: list[Json] = []
    for event in events:
        data = event["data"]
        if event["kind"] == e.OptinRequested.TOPIC:
            told.append({**dict.fromkeys((*ASKED, *AGREED, *ENDED)), **some(data, ASKED)})
        elif event["kind"] == e.OptinConfirmed.TOPIC:
            # only a link to the last request's wording and address confirms anything
            told[-1] |= some(data, AGREED)
        elif event["kind"] == e.OptinWithdrawn.TOPIC:
            at = data.get("withdrawnAt") or event["recordedAt"]
            end = {"withdrawnAt": at, "withdrawnBecause": data.get("reason")}
            told = [one if one["withdrawnAt"] else one | end for one in told]
    return told


def some(data: Json, names: Iterable[str]) -> Json:
    """Return these values; None for those that are not there."""
    return {name: data.get(name) for name in names}
